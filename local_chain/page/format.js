// Numbers, times and names as text.

import { h } from "./dom.js";

export const RAO = 1e9;
const SIGNS = { TAO: "τ", alpha: "α" };
let names = {};

/** Addresses that have a name. */
export function setNames(known) {
  names = known;
}

/** Rao as TAO, in as few places as tell it. */
export function tao(rao) {
  return amount(Number(rao) / RAO);
}

export function amount(value) {
  const size = Math.abs(value);
  const places = size === 0 || size >= 1000 ? 0 : size >= 1 ? 3 : 6;
  if (size > 0 && size < 1e-6) return "<0.000001";
  // All of them, so that columns stand under each other.
  return value.toLocaleString("en", { minimumFractionDigits: Number.isInteger(value) ? 0 : places, maximumFractionDigits: places });
}

/** Rao as TAO or alpha to the last rao, with the sign of the unit. */
export function exact(rao, unit = "TAO") {
  return `${digits(rao)}\u00a0${SIGNS[unit]}`;
}

function digits(rao) {
  const all = BigInt(rao).toString().padStart(10, "0");
  const rest = all.slice(-9).replace(/0+$/, "");
  return BigInt(all.slice(0, -9)).toLocaleString("en") + (rest && `.${rest}`);
}

export function price(value) {
  return value.toLocaleString("en", { minimumFractionDigits: 6, maximumFractionDigits: 6 });
}

/** A share of one. */
export function share(value) {
  return value === 0 ? "0" : value < 0.0001 ? "<0.0001" : value.toFixed(4);
}

export function count(value) {
  return Number(value).toLocaleString("en");
}

/** A time of the chain; its first block has none. */
export function moment(milliseconds) {
  return Number(milliseconds) ? new Date(Number(milliseconds)).toISOString().replace("T", " ").slice(0, 23) : "none yet";
}

export function clock(milliseconds) {
  return milliseconds ? moment(milliseconds).slice(11) : "none";
}

export function short(text) {
  return text.length > 15 ? `${text.slice(0, 6)}…${text.slice(-5)}` : text;
}

/** An account: its name if it has one; the whole address on hover, and where it leads. */
export function who(address) {
  if (!address) return "";
  const name = names[address];
  return h("a", { href: `#/accounts/${address}`, title: address, class: name ? "who" : "who address" }, name ?? short(address));
}

/** A call within another, or an extrinsic's own: its arguments line by line. */
export function args(given) {
  return Object.entries(given ?? {}).map(([name, inner]) => h("div", { "data-key": name }, h("dt", {}, name), h("dd", {}, value(inner))));
}

// What the node marks by `$`.
const MARKED = {
  amount: (of) => exact(of.rao, of.unit),
  call: (of) => h("div", { class: "inner" }, h("span", { class: "code" }, `${of.pallet}.${of.call}`), h("dl", { class: "args" }, args(of.args))),
  error: (of) => h("span", { class: "bad" }, of.error),
  mechanism: (of) => `${of.netuid} (mechanism ${of.mechanism})`,
  moment: (of) => moment(of.ms),
  share: (of) => [share(of.share), " for ", who(of.of)],
  text: (of) => (of.text ? `“${of.text}”` : h("i", { class: "quiet" }, "empty")),
};

/** Any decoded value: amounts with their unit, accounts by name, the rest as it is. */
export function value(given) {
  if (given === null || given === undefined) return h("i", { class: "quiet" }, "none");
  if (typeof given === "string") {
    if (/^5[1-9A-HJ-NP-Za-km-z]{46,47}$/.test(given)) return who(given);
    if (given === "0x") return h("i", { class: "quiet" }, "empty");
    if (/^0x[0-9a-f]{40,}$/.test(given)) return h("abbr", { title: given, class: "address" }, short(given));
    return /^\d+$/.test(given) ? BigInt(given).toLocaleString("en") : given;
  }
  if (typeof given === "number") return count(given);
  if (typeof given === "boolean") return given ? "yes" : "no";
  if (Array.isArray(given)) {
    if (given.length > 24) return [list(given.slice(0, 24)), ` and ${given.length - 24} more`];
    return list(given);
  }
  if (given.$) return MARKED[given.$](given);
  const entries = Object.entries(given);
  if (!entries.length) return "";
  if (entries.length === 1 && entries[0][0] === "Id") return value(entries[0][1]);
  return h("span", { class: "record" }, entries.map(([key, inner]) => h("span", {}, h("b", {}, key), " ", value(inner))));
}

function list(items) {
  if (!items.length) return "[]";
  if (items.every((item) => item?.$ === "call")) return items.map(value);
  if (items.length > 1 && items.every((item) => item?.$ === "amount")) {
    return `[${items.map((item) => digits(item.rao)).join(", ")}]\u00a0${SIGNS[items[0].unit]}`;
  }
  return ["[", items.map((item, at) => [at ? ", " : "", value(item)]), "]"];
}
