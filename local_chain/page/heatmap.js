// A matrix of validators by neurons as colours, to be read by mouse, by keyboard, or as text.

import { h, render, table } from "./dom.js";

const mounted = new Map();
const LISTED = 5;

/** The place of a heat map in a view; `show` fills it once it is on the page. */
export function place(id) {
  return h("div", { "data-mount": id, "data-key": id });
}

/** `rows` are [uid, columns, values]; `one` is the value of a whole share. */
export function show(id, title, size, rows, one) {
  let map = mounted.get(id);
  const root = document.querySelector(`[data-mount="${id}"]`);
  if (!root) return;
  if (!map || map.root !== root) {
    map = new HeatMap(root);
    mounted.set(id, map);
  }
  map.set(title, size, rows, one);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("resize", redraw);
function redraw() {
  for (const map of mounted.values()) if (map.root.isConnected) map.draw();
}

class HeatMap {
  constructor(root) {
    this.root = root;
    this.at = [0, 0];
    this.canvas = h("canvas", { tabindex: "0", role: "img", onkeydown: (event) => this.key(event) });
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("focus", () => this.draw());
    this.canvas.addEventListener("blur", () => this.draw());
    this.caption = h("figcaption");
    this.readout = h("output", { "aria-live": "polite" });
    this.text = h("details", {}, h("summary", {}, "As a table"));
    this.holder = h("div");
    this.text.append(this.holder);
    this.text.addEventListener("toggle", () => this.tell());
    root.append(h("figure", { class: "heat" }, this.caption, this.canvas, this.readout, this.text));
  }

  set(title, size, rows, one) {
    const stamp = JSON.stringify([title, size, rows]);
    if (stamp === this.stamp) return;
    Object.assign(this, { stamp, title, size, one, uids: rows.map(([uid]) => uid) });
    this.values = rows.map(([, columns, values]) => {
      const line = new Float64Array(size);
      columns.forEach((column, index) => {
        if (column < size) line[column] = values[index] / one;
      });
      return line;
    });
    this.most = Math.max(0, ...this.values.map((line) => line.reduce((a, b) => Math.max(a, b), 0)));
    this.at = [Math.min(this.at[0], Math.max(rows.length - 1, 0)), Math.min(this.at[1], size - 1)];
    this.caption.textContent = rows.length
      ? `${rows.length} of ${size} neurons hold some, one in each row. The strongest colour is ${this.most.toFixed(4)}.`
      : "Nobody holds any.";
    this.canvas.setAttribute(
      "aria-label",
      `${title}, validators down, neurons across. Arrow keys read single values.`,
    );
    this.canvas.hidden = rows.length === 0;
    this.text.hidden = this.readout.hidden = rows.length === 0;
    this.draw();
    this.tell();
  }

  draw() {
    if (!this.values?.length) return;
    const room = this.root.clientWidth || 600;
    const left = 34;
    const top = 16;
    const cell = Math.max(2, Math.min(26, Math.floor((room - left - 2) / this.size)));
    const tall = Math.max(cell, Math.min(26, cell < 8 ? 8 : cell));
    const width = left + cell * this.size + 1;
    const height = top + tall * this.uids.length + 1;
    const ratio = devicePixelRatio || 1;
    Object.assign(this, { cell, tall, left, top });
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const [none, some, full] = ["--heat-0", "--heat-1", "--heat-2"].map((name) => rgb(style.getPropertyValue(name)));
    const gap = cell > 6 ? 1 : 0;
    this.values.forEach((line, row) => {
      line.forEach((value, column) => {
        const share = this.most ? value / this.most : 0;
        pen.fillStyle = value === 0 ? css(none) : css(mix(some, full, Math.sqrt(share)));
        pen.fillRect(left + column * cell, top + row * tall, cell - gap, tall - gap);
      });
    });
    pen.fillStyle = style.getPropertyValue("--muted");
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const everyRow = Math.ceil(13 / tall);
    this.uids.forEach((uid, row) => {
      if (row % everyRow === 0) pen.fillText(String(uid), left - 5, top + row * tall + tall / 2);
    });
    pen.textAlign = "center";
    const everyColumn = niceStep(Math.ceil(24 / cell));
    for (let column = 0; column < this.size; column += everyColumn) {
      pen.fillText(String(column), left + column * cell + cell / 2, top / 2);
    }
    if (document.activeElement === this.canvas) {
      pen.strokeStyle = style.getPropertyValue("--focus");
      pen.lineWidth = 2;
      pen.strokeRect(left + this.at[1] * cell, top + this.at[0] * tall, Math.max(cell - gap, 3), tall - gap);
      this.read();
    }
  }

  read() {
    const [row, column] = this.at;
    const value = this.values[row][column];
    this.readout.value = `validator ${this.uids[row]} to neuron ${column}: ${value === 0 ? "nothing" : value < 0.0001 ? "<0.0001" : value.toFixed(4)}`;
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - this.left) / this.cell);
    const row = Math.floor((event.clientY - box.top - this.top) / this.tall);
    if (column < 0 || row < 0 || column >= this.size || row >= this.uids.length) return;
    this.at = [row, column];
    this.read();
  }

  key(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const ends = { Home: 0, End: this.size - 1 };
    let [row, column] = this.at;
    if (event.key in steps) {
      row += steps[event.key][0];
      column += steps[event.key][1];
    } else if (event.key in ends) column = ends[event.key];
    else return;
    event.preventDefault();
    this.at = [Math.max(0, Math.min(this.uids.length - 1, row)), Math.max(0, Math.min(this.size - 1, column))];
    this.draw();
  }

  /** The strongest entries of every validator, in words, once somebody asks. */
  tell() {
    if (!this.text.open || !this.values) return;
    const rows = this.values.map((line, row) => {
      const found = [...line.entries()].filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
      const said = found.slice(0, LISTED).map(([column, value]) => `${column} (${value.toFixed(4)})`);
      return { key: String(this.uids[row]), cells: [this.uids[row], found.length, said.join(", ")] };
    });
    const columns = [["Validator", "number"], ["Entries", "number"], [`Neurons, the strongest ${LISTED}`, ""]];
    render(this.holder, table(this.title, columns, rows, { hidden: true }));
  }
}

function niceStep(least) {
  return [1, 2, 5, 10, 20, 25, 50, 100].find((step) => step >= least) ?? 200;
}

function rgb(text) {
  const digits = text.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

function mix(from, to, share) {
  return from.map((part, at) => Math.round(part + (to[at] - part) * share));
}

function css(parts) {
  return `rgb(${parts.join(",")})`;
}
