// Which view is shown, and keeping it up to date.

import { facts, h, letScroll, render } from "./dom.js";
import { count, moment, setNames, short, tao } from "./format.js";
import { Rpc } from "./rpc.js";
import { accounts } from "./accounts.js";
import { block, blocks, events } from "./blocks.js";
import { subnet, subnets } from "./subnets.js";
import { yuma } from "./yuma.js";

const LEAST_PAUSE = 250;
const main = document.getElementById("main");
const state = document.getElementById("state");
const pause = document.getElementById("pause");

// A view is {title, section, load(call) -> data, draw(data, overview) -> nodes, after(data)?, waits?}.
const ROUTES = [
  [/^#\/blocks$/, () => blocks()],
  [/^#\/block\/(\d+)$/, (number) => block(Number(number))],
  [/^#\/events$/, () => events(again)],
  [/^#\/accounts(?:\/([^/]*))?$/, (further) => accounts(further && decodeURIComponent(further))],
  [/^#\/subnets$/, () => subnets()],
  [/^#\/subnet\/(\d+)$/, (netuid) => subnet(Number(netuid))],
  [/^#\/subnet\/(\d+)\/yuma$/, (netuid) => yuma(Number(netuid))],
  [/^#\/subnet\/(\d+)\/mechanism\/(\d+)$/, (netuid, mechanism) => subnet(Number(netuid), Number(mechanism))],
  [/^#\/subnet\/(\d+)\/mechanism\/(\d+)\/yuma$/, (netuid, mechanism) => yuma(Number(netuid), Number(mechanism))],
];

let view;
let head = -1;
let paused = false;
let wanted = true;
let version = 0;
let working = -1; // the version of the view that is being asked for, or rests

const scheme = location.protocol === "https:" ? "wss" : "ws";
const rpc = new Rpc(
  `${scheme}://${location.host}`,
  (now) => {
    state.dataset.state = now;
    state.textContent = now === "live" ? (paused ? "paused" : "live") : "no connection, trying again";
    if (now === "live") again();
  },
  (number) => {
    if (number < head) {
      document.getElementById("news").textContent = `The chain went back to block ${number}.`;
    }
    head = number;
    if (!paused) again();
  },
);
const call = rpc.call.bind(rpc);

function again() {
  wanted = true;
  work();
}

async function work() {
  if (working === version || !wanted || document.hidden) return;
  const began = performance.now();
  const asked = (working = version);
  wanted = false;
  try {
    const [overview, data] = await Promise.all([call("taokit_overview"), view.load(call)]);
    if (asked === version) {
      setNames(overview.names);
      render(document.getElementById("facts"), glance(overview));
      if (!pointed()) show(data, overview);
    }
  } catch (error) {
    if (asked === version && error.refused) render(main, h("h1", {}, view.title), h("p", { class: "note" }, error.message));
    else if (!error.refused && !/connection/.test(error.message)) throw error;
  } finally {
    // What takes long is done less often, so that the page stays quick to answer.
    const spent = performance.now() - began;
    setTimeout(() => {
      if (working === asked) working = -1;
      work();
    }, Math.max(LEAST_PAUSE, 3 * spent));
  }
}

/** Whether the pointer is on a list, which would move away from under it. */
function pointed() {
  return main.dataset.held !== undefined && main.querySelector(".hold:hover") !== null;
}

function show(data, overview) {
  render(main, view.draw(data, overview));
  view.after?.(data);
  letScroll(main);
}

function glance(of) {
  const waiting = of.pool.ready + of.pool.future;
  return facts([
    ["Block", h("a", { href: `#/block/${of.number}` }, count(of.number))],
    ["Chain time", moment(of.timestamp)],
    ["Runtime", `${of.spec}, ${of.preset}`],
    ["Waiting", `${waiting} transaction${waiting === 1 ? "" : "s"}`],
    ["Issuance", `${tao(of.issuance)} τ`],
    ["Staked", `${tao(of.staked)} τ`],
    ["A subnet costs", `${tao(of.subnet_cost)} τ`],
    ["Genesis", h("abbr", { title: of.genesis, class: "address" }, short(of.genesis))],
    of.fork === null ? null : ["Forked after block", h("a", { href: `#/block/${of.fork}` }, count(of.fork))],
  ].filter(Boolean));
}

function nowhere() {
  return {
    title: "Nothing here",
    section: "",
    load: async () => null,
    draw: () => [h("h1", {}, "Nothing here"), h("p", { class: "note" }, "The page has no such view. ", h("a", { href: "#/blocks" }, "Blocks"))],
  };
}

function go() {
  const hash = location.hash || "#/blocks";
  const [pattern, make] = ROUTES.find(([pattern]) => pattern.test(hash)) ?? [/^/, nowhere];
  const [, ...parts] = hash.match(pattern);
  const first = view === undefined;
  version += 1;
  delete main.dataset.held;
  view = make(...parts);
  document.title = `${view.title} · taokit local chain`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === view.section) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  render(main, h("h1", {}, view.title), h("p", { class: "lead" }, `Loading … ${view.waits ?? ""}`));
  if (!first) {
    main.focus();
    scrollTo(0, 0);
  }
  again();
}

pause.onclick = () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  state.textContent = state.dataset.state === "live" ? (paused ? "paused" : "live") : state.textContent;
  if (!paused) again();
};
// The address says which view there is, so that a link to the content must not be one of it.
document.getElementById("skip").onclick = (event) => {
  event.preventDefault();
  main.focus();
};
addEventListener("hashchange", go);
document.addEventListener("visibilitychange", work);
// Only of a mouse: what a finger touched stays "hovered" until it touches something else.
main.addEventListener("pointerover", ({ pointerType, target }) => {
  if (pointerType === "mouse" && target.closest(".hold")) main.dataset.held = "";
});
main.addEventListener("pointerout", ({ target, relatedTarget }) => {
  const list = target.closest(".hold");
  if (!list || list.contains(relatedTarget)) return;
  delete main.dataset.held;
  if (!paused) again();
});
go();
