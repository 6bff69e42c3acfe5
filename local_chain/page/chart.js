// Lines over time, as SVG.

import { h } from "./dom.js";
import { count } from "./format.js";

function path(values, width, height, low, high) {
  const points = values.length > 1 ? values : [values[0], values[0]];
  const step = width / (points.length - 1);
  const span = high - low;
  return points
    .map((value, at) => {
      const y = span === 0 ? height / 2 : height - ((value - low) / span) * height;
      return `${at ? "L" : "M"}${(at * step).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

/** The least and the greatest value; the same where nobody would see them differ. */
function ends(values, show) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return show(low) === show(high) ? [high, high] : [low, high];
}

function line(values, width, height, show) {
  const [low, high] = ends(values, show);
  return path(low === high ? [high] : values, width, height, low, high);
}

/** A small line without axes; `label` is what it says to who cannot see it. */
export function spark(values, label, show) {
  return h(
    "svg",
    { class: "spark", viewBox: "-1 -2 98 24", role: "img", "aria-label": label, preserveAspectRatio: "none" },
    h("path", { d: values.length ? line(values, 96, 20, show) : "" }),
  );
}

/** A line with its least and greatest value, and the blocks that it goes over. */
export function chart(title, blocks, values, show) {
  if (!values.length) return null;
  const [low, high] = ends(values, show);
  const last = values[values.length - 1];
  const [first, newest] = [blocks[0], blocks[blocks.length - 1]].map(count);
  const drawn = line(values, 300, 90, show);
  return h(
    "figure",
    { class: "chart", "data-key": title },
    h("figcaption", {}, h("span", {}, title), h("strong", {}, show(last))),
    h(
      "svg",
      { viewBox: "0 -4 300 98", role: "img", "aria-label": `${title}: from ${show(values[0])} at block ${first} to ${show(last)} at block ${newest}`, preserveAspectRatio: "none" },
      h("path", { class: "area", d: `${drawn}L300 94L0 94Z` }),
      h("path", { d: drawn }),
    ),
    h(
      "p",
      { class: "range" },
      low === high ? h("span", {}, "no change") : [h("span", {}, `least ${show(low)}`), h("span", {}, `most ${show(high)}`)],
      h("span", { class: "over" }, first === newest ? `block ${first}` : `blocks ${first} to ${newest}`),
    ),
  );
}
