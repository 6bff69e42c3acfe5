// Numbers, times and names as text.

import { h } from "./dom.js";

export const RAO = 1e9;
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
  return value.toLocaleString("en", { maximumFractionDigits: places });
}

export function price(value) {
  return value.toLocaleString("en", { minimumFractionDigits: 6, maximumFractionDigits: 6 });
}

/** A share of one. */
export function share(value) {
  return value === 0 ? "0" : value.toFixed(4);
}

export function count(value) {
  return Number(value).toLocaleString("en");
}

export function moment(milliseconds) {
  return new Date(milliseconds).toISOString().replace("T", " ").slice(0, 23);
}

export function clock(milliseconds) {
  return moment(milliseconds).slice(11);
}

export function short(text) {
  return text.length > 15 ? `${text.slice(0, 6)}…${text.slice(-5)}` : text;
}

/** An account: its name if it has one; the whole address on hover, and for who listens. */
export function who(address) {
  if (!address) return "";
  const name = names[address];
  return h("abbr", { title: address, class: name ? "name" : "address" }, name ?? short(address));
}

/** Any decoded value: accounts by name, the rest as it is. */
export function value(given) {
  if (given === null || given === undefined) return h("i", {}, "none");
  if (typeof given === "string") {
    if (/^5[1-9A-HJ-NP-Za-km-z]{46,47}$/.test(given)) return who(given);
    if (/^0x[0-9a-f]{40,}$/.test(given)) return h("abbr", { title: given, class: "address" }, short(given));
    return /^\d+$/.test(given) ? BigInt(given).toLocaleString("en") : given;
  }
  if (typeof given === "number") return count(given);
  if (typeof given === "boolean") return given ? "yes" : "no";
  if (Array.isArray(given)) {
    if (given.length > 24) return [list(given.slice(0, 24)), ` and ${given.length - 24} more`];
    return list(given);
  }
  const entries = Object.entries(given);
  if (entries.length === 1 && entries[0][0] === "Id") return value(entries[0][1]);
  return h("span", { class: "record" }, entries.map(([key, inner]) => h("span", {}, h("b", {}, key), " ", value(inner), " ")));
}

function list(items) {
  return items.length ? ["[", items.map((item, at) => [at ? ", " : "", value(item)]), "]"] : "[]";
}
