// Sets the document's language and translates Streamlit's own labels, never the texts of the product.
let observer = null;
const translated = new Map(); // node -> what it said in English, to give it back when the language changes
const attributes = ["aria-label", "title", "placeholder", "alt"];
const ownParts = ".dc-table, .dc-map, .dc-verdict";

function translator({ words, patterns }) {
  return (text) => {
    const source = (text ?? "").trim();
    if (!source) return undefined;
    if (Object.hasOwn(words, source)) return words[source];
    const found = patterns.find(([pattern]) => new RegExp(pattern).test(source));
    return found && source.replace(new RegExp(found[0]), found[1]);
  };
}

function translateText(node, say) {
  const found = say(node.data);
  if (!found || node.parentElement?.closest(`${ownParts}, textarea`)) return;
  remember(node, "", node.data, found);
  node.data = found;
}

function translateAttribute(element, name, say) {
  const source = element.getAttribute(name);
  const found = say(source);
  if (!found || element.closest(ownParts)) return;
  remember(element, name, source, found);
  element.setAttribute(name, found);
}

function remember(node, name, source, shown) {
  if (!translated.has(node)) translated.set(node, new Map());
  translated.get(node).set(name, { source, shown });
}

function forget() {
  for (const node of translated.keys()) if (!node.isConnected) translated.delete(node);
}

function restore() {
  translated.forEach((changes, node) =>
    changes.forEach(({ source, shown }, name) => {
      if (name && node.getAttribute(name) === shown) node.setAttribute(name, source);
      else if (!name && node.data === shown) node.data = source;
    })
  );
  translated.clear();
}

function translate(root, say) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) translateText(node, say);
  const marked = root.querySelectorAll(attributes.map((name) => `[${name}]`).join(","));
  [root, ...marked].forEach((element) => attributes.forEach((name) => translateAttribute(element, name, say)));
}

export default function ({ data, parentElement }) {
  document.documentElement.lang = data.language;
  document.title = data.title;
  document.querySelectorAll('[data-testid="stSidebarNavItems"]').forEach((list) => list.setAttribute("role", "group"));
  const frame = parentElement.closest('[data-testid="stElementContainer"]');
  if (frame) frame.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden";
  observer?.disconnect();
  if (Object.keys(data.words).length === 0) return restore();
  forget();
  const say = translator(data);
  translate(document.body, say);
  observer = new MutationObserver((changes) =>
    changes.forEach((change) => {
      if (change.type === "childList") change.addedNodes.forEach((node) => node.nodeType === 1 && translate(node, say));
      else if (change.type === "characterData") translateText(change.target, say);
      else translateAttribute(change.target, change.attributeName, say);
    })
  );
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: attributes });
}
