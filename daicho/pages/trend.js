// Draws the score over time as SVG; every text becomes a text node, never markup.
const space = "http://www.w3.org/2000/svg";

function make(tag, attributes, text) {
  const node = document.createElementNS(space, tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  if (text) node.textContent = text;
  return node;
}

export default function ({ data, parentElement }) {
  const image = make("svg", { viewBox: `0 0 ${data.width} ${data.height}`, class: "dc-trend", role: "img", "aria-label": data.label });
  data.steps.forEach((step) => {
    image.append(make("line", { x1: data.left, x2: data.right, y1: step.y, y2: step.y }));
    image.append(make("text", { x: data.left - 8, y: step.middle, "text-anchor": "end" }, step.text));
  });
  if (data.band.length) image.append(make("polygon", { points: data.band.map((point) => point.join(",")).join(" ") }));
  image.append(make("polyline", { points: data.points.map((point) => point.join(",")).join(" ") }));
  data.points.forEach(([x, y]) => image.append(make("circle", { cx: x, cy: y, r: 3.5 })));
  const [x, y] = data.points[data.points.length - 1];
  image.append(make("text", { x: x, y: y - 9, "text-anchor": "end", class: "dc-last" }, data.last));
  if (data.from) image.append(make("text", { x: data.left, y: data.height - 6 }, data.from));
  image.append(make("text", { x: data.right, y: data.height - 6, "text-anchor": "end" }, data.to));
  parentElement.replaceChildren(image);
}
