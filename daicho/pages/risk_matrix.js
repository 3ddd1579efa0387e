// The matrix of likelihood and impact: a real table whose cells are buttons; every text is a text node.
function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const table = make("table", "dc-matrix");
  table.append(make("caption", "", data.label));
  const head = table.createTHead().insertRow();
  const corner = make("th", "", data.corner);
  corner.scope = "col";
  head.append(corner);
  data.columns.forEach((name) => {
    const cell = make("th", "", name);
    cell.scope = "col";
    head.append(cell);
  });
  const body = table.createTBody();
  data.rows.forEach((row) => {
    const line = body.insertRow();
    const name = make("th", "", row.name);
    name.scope = "row";
    line.append(name);
    row.cells.forEach((cell) => {
      const box = make("td");
      const button = make("button", "dc-cell dc-tone-" + cell.tone, cell.text);
      button.type = "button";
      button.title = cell.title;
      button.setAttribute("aria-label", cell.title);
      button.setAttribute("aria-pressed", String(cell.id === data.selected));
      button.append(make("small", "", cell.level));
      button.onclick = () => setTriggerValue("open", cell.id);
      box.append(button);
      line.append(box);
    });
  });
  const frame = make("div", "dc-scroll");
  frame.append(table);
  parentElement.replaceChildren(frame);
}
