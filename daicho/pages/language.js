// Sets the document's language and translates Streamlit's own labels by exact match.
let observer = null;
const english = new WeakMap();
const attributes = ["aria-label", "title", "placeholder", "alt"];
const skipped = ".dc-table, .dc-map, .dc-verdict, textarea, input[type=text]";

function translate(root, words) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const source = english.get(node) ?? node.data;
    const found = words[source.trim()];
    if (found && node.data !== found && !node.parentElement?.closest(skipped)) {
      english.set(node, source);
      node.data = found;
    }
  }
  const elements = root.querySelectorAll ? [root, ...root.querySelectorAll("[aria-label],[title],[placeholder],[alt]")] : [];
  elements.forEach((element) =>
    attributes.forEach((name) => {
      const found = element.getAttribute && words[element.getAttribute(name)];
      if (found) element.setAttribute(name, found);
    })
  );
}

export default function ({ data, parentElement }) {
  document.documentElement.lang = data.language;
  document.title = data.title;
  document.querySelectorAll('[data-testid="stSidebarNavItems"]').forEach((list) => list.setAttribute("role", "group"));
  const frame = parentElement.closest('[data-testid="stElementContainer"]');
  if (frame) frame.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden";
  observer?.disconnect();
  if (Object.keys(data.words).length === 0) return;
  translate(document.body, data.words);
  observer = new MutationObserver((changes) =>
    changes.forEach((change) => {
      if (change.type === "childList") change.addedNodes.forEach((node) => node.nodeType === 1 && translate(node, data.words));
      else if (change.type === "characterData") {
        const found = data.words[change.target.data.trim()];
        if (found && !change.target.parentElement?.closest(skipped)) change.target.data = found;
      } else {
        const found = data.words[change.target.getAttribute(change.attributeName)];
        if (found) change.target.setAttribute(change.attributeName, found);
      }
    })
  );
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: attributes });
}
