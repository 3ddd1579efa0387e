// Builds one table from data; every text becomes a text node, never markup.
const order = new Map();

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

// A path may break after its separators; a word stays whole.
function breakable(node, text) {
  text.split(/(?<=[/\\._@-])/).forEach((part, index) => {
    if (index) node.append(make("wbr"));
    node.append(part);
  });
  return node;
}

function content(cell, open) {
  const nodes = [];
  if (cell.unknown) nodes.push(make("span", "dc-unknown", cell.text));
  else if (cell.level !== null) nodes.push(make("span", "dc-chip dc-chip-" + cell.level, cell.text));
  else if (cell.link) {
    const button = make("button", "dc-link", cell.text);
    button.type = "button";
    button.onclick = open;
    nodes.push(button);
  } else if (cell.code) nodes.push(make("code", "", cell.text));
  else nodes.push(document.createTextNode(cell.text));
  if (cell.below) nodes.push(breakable(make("span", "dc-sub"), cell.below));
  return nodes;
}

function sorted(rows, by) {
  if (!by) return rows;
  const value = (row) => row.cells[by.column].order ?? row.cells[by.column].text;
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  return [...rows].sort((a, b) => compare(value(a), value(b)) * (by.down ? -1 : 1));
}

export default function ({ data, key, parentElement, setTriggerValue }) {
  const draw = () => {
    const by = order.get(key) ?? (data.sortedBy === null ? null : { column: data.sortedBy, down: true });
    const table = make("table", "dc-table");
    table.append(make("caption", "", data.caption));
    const head = table.createTHead().insertRow();
    data.columns.forEach((column, index) => {
      const cell = make("th", column.right ? "dc-right" : "");
      cell.scope = "col";
      if (column.sortable) {
        const button = make("button", "dc-sort", column.label);
        button.type = "button";
        button.onclick = () => {
          order.set(key, { column: index, down: by && by.column === index ? !by.down : true });
          draw();
        };
        if (by && by.column === index) cell.setAttribute("aria-sort", by.down ? "descending" : "ascending");
        cell.append(button);
      } else cell.textContent = column.label;
      head.append(cell);
    });
    const body = table.createTBody();
    sorted(data.rows, by).forEach((row) => {
      const line = body.insertRow();
      if (row.id && row.id === data.selected) line.setAttribute("aria-selected", "true");
      row.cells.forEach((cell, index) => {
        const column = data.columns[index];
        const box = make(cell.link && !cell.action ? "th" : "td", column.right ? "dc-right" : column.nowrap ? "dc-nowrap" : "");
        if (cell.link) box.scope = "row";
        if (cell.indent) box.style.paddingInlineStart = `${10 + 18 * cell.indent}px`;
        box.append(...content(cell, () => setTriggerValue("open", row.id)));
        line.append(box);
      });
    });
    const frame = make("div", "dc-scroll");
    frame.append(table);
    // A table that renews itself takes neither the keyboard's place nor the reader's from under them.
    const focused = [...parentElement.querySelectorAll("button")].indexOf(document.activeElement);
    const left = parentElement.querySelector(".dc-scroll")?.scrollLeft ?? 0;
    parentElement.replaceChildren(frame);
    frame.scrollLeft = left;
    if (focused >= 0) parentElement.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
  };
  draw();
}
