// Places the tiles of a treemap; every text becomes a text node, never markup.
function place(node, box) {
  node.style.left = box.x + "%";
  node.style.top = box.y + "%";
  node.style.width = box.w + "%";
  if (box.h !== undefined) node.style.height = box.h + "%";
}

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const map = make("div", "dc-map");
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", data.label);
  data.labels.forEach((label) => {
    const node = make("div", "dc-map-group", label.text);
    place(node, { x: label.x, y: label.y, w: label.w });
    map.append(node);
  });
  data.tiles.forEach((tile) => {
    const button = make("button", "dc-tile dc-tone-" + (tile.tone ?? "unknown") + (tile.narrow ? " dc-narrow" : tile.flat ? " dc-flat" : tile.tall ? " dc-tall" : ""));
    button.type = "button";
    button.title = [tile.name + " " + tile.detail, ...tile.whole].join("\n");
    button.setAttribute("aria-label", button.title);
    place(button, tile);
    tile.parts.forEach((part) => {
      const site = make("span", "dc-site dc-tone-" + (part.tone ?? "unknown") + (part.flat ? " dc-flat" : ""));
      site.append(make("span", "", part.name), make("span", "", part.detail));
      place(site, part);
      button.append(site);
    });
    const head = make("span", "dc-tile-head");
    head.append(make("span", "", tile.name), make("span", "", tile.detail));
    button.append(head);
    button.onclick = () => setTriggerValue("open", tile.id);
    map.append(button);
  });
  parentElement.replaceChildren(map);
}
