// Elements, and bringing what is on the page to what should be there without losing focus.

const SVG = new Set(["svg", "path", "line", "circle", "rect", "title", "g", "text"]);
const HANDLERS = ["onclick", "oninput", "onsubmit", "onkeydown", "onchange"];

/** An element: `h("a", {href: "#"}, "text", other)`. Nothing is ever parsed as HTML. */
export function h(name, attributes, ...children) {
  const element = SVG.has(name)
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (HANDLERS.includes(key)) element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** Let `parent` hold these children; elements that are there already are kept and changed. */
export function render(parent, ...children) {
  bring(parent, nodes(children));
}

function bring(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.children) {
    if (child.dataset?.key) keyed.set(child.dataset.key, child);
  }
  let place = parent.firstChild;
  for (const next of wanted) {
    let kept = place;
    const key = next.dataset?.key;
    if (key) kept = keyed.get(key) ?? null;
    else if (kept?.dataset?.key) kept = null;
    if (kept && alike(kept, next)) {
      if (kept !== place) parent.insertBefore(kept, place);
      else place = place.nextSibling;
      change(kept, next);
    } else {
      parent.insertBefore(next, place);
      if (!key && place && !place.dataset?.key) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
      }
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function alike(old, next) {
  return (
    old.nodeName === next.nodeName &&
    old.dataset?.key === next.dataset?.key &&
    old.dataset?.mount === next.dataset?.mount
  );
}

function change(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name === "open" || next.hasAttribute(name)) continue;
    old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of HANDLERS) if (old[name] !== next[name]) old[name] = next[name];
  if (!old.dataset?.mount) bring(old, [...next.childNodes]);
}

/**
 * A table. `columns` are [heading, class]; each row is {key, cells}, the first cell its heading. A
 * `kind` of "stack" puts cells under each other where there is little room, "still" has columns of
 * one width whatever is in them, and "tall" has so many rows that they are scrolled.
 */
export function table(caption, columns, rows, { hidden = false, kind = "" } = {}) {
  return h(
    "div",
    { class: `scroll ${kind}`, role: "region", tabindex: "0", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: hidden ? "unseen" : null }, caption),
      h("thead", {}, h("tr", {}, columns.map(([name, look]) => h("th", { scope: "col", class: look }, unseen(name, look))))),
      h(
        "tbody",
        {},
        rows.map(({ key, cells }) =>
          h(
            "tr",
            { "data-key": key },
            cells.map((cell, at) =>
              at === 0
                ? h("th", { scope: "row", class: columns[at][1] }, cell)
                : h("td", { class: columns[at][1], "data-label": columns[at][0] }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** A heading that only says to who cannot see them what the lines below are. */
function unseen(name, look) {
  return /\bline\b/.test(look) ? h("span", { class: "unseen" }, name) : name;
}

/** What scrolls can be reached by keyboard; what does not is no stop on the way. */
export function letScroll(parent) {
  for (const one of parent.querySelectorAll(".scroll")) {
    const scrolls = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
    if (!scrolls && one !== document.activeElement) one.removeAttribute("tabindex");
  }
}

/** Ways to headings further down, whose ids are `at-` and their names in small letters. */
export function jump(...names) {
  const go = (name) => {
    const heading = document.getElementById(`at-${name.toLowerCase()}`);
    heading?.scrollIntoView();
    heading?.focus();
  };
  return h("span", { class: "jump" }, "Down to ", names.map((name) => h("button", { type: "button", onclick: () => go(name) }, name)));
}

/** A list of names and values. */
export function facts(pairs) {
  return pairs.map(([name, value]) => h("div", { "data-key": name }, h("dt", {}, name), h("dd", {}, value)));
}
