// Lines over time, as SVG.

import { h } from "./dom.js";

function path(values, width, height, low, high) {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const span = high - low;
  return values
    .map((value, at) => {
      const y = span === 0 ? height / 2 : height - ((value - low) / span) * height;
      return `${at ? "L" : "M"}${(at * step).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

/** A small line without axes; `label` is what it says to who cannot see it. */
export function spark(values, label) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return h(
    "svg",
    { class: "spark", viewBox: "-1 -2 98 24", role: "img", "aria-label": label, preserveAspectRatio: "none" },
    h("path", { d: values.length ? path(values, 96, 20, low, high) : "" }),
  );
}

/** A line with its least and greatest value, and the blocks that it goes over. */
export function chart(title, blocks, values, show) {
  if (!values.length) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const last = values[values.length - 1];
  const line = path(values, 300, 90, low, high);
  const text = `from ${show(values[0])} at block ${blocks[0]} to ${show(last)} at block ${blocks[blocks.length - 1]}`;
  return h(
    "figure",
    { class: "chart", "data-key": title },
    h("figcaption", {}, title, " ", h("strong", {}, show(last))),
    h(
      "svg",
      { viewBox: "0 -4 300 98", role: "img", "aria-label": `${title}: ${text}`, preserveAspectRatio: "none" },
      h("path", { class: "area", d: `${line}L300 94L0 94Z` }),
      h("path", { d: line }),
    ),
    h("p", { class: "range" }, h("span", {}, `least ${show(low)}`), h("span", {}, `most ${show(high)}`)),
  );
}
