// Blocks, one block, and events.

import { h, facts, table } from "./dom.js";
import { args, clock, count, moment, value, who } from "./format.js";

const SECTION = "#/blocks";
const EVENTS = "#/events";
// What every block and every transaction tells.
const COMMON = new Set(["System.ExtrinsicSuccess", "TransactionPayment.TransactionFeePaid", "Balances.Withdraw", "Balances.Deposit", "Balances.Issued"]);
const HELD = "While the pointer is on the list, it stands still.";

function link(number) {
  return h("a", { href: `#/block/${number}` }, count(number));
}

/** Where the list of a fork ends: what was before is another node's. */
function forked(overview) {
  if (overview.fork === null) return null;
  return h("p", { class: "lead" }, "This chain is a fork of another one, after block ", link(overview.fork), ". Earlier blocks are fetched from there one by one, when they are asked for.");
}

export function blocks() {
  return {
    title: "Blocks",
    section: SECTION,
    load: (call) => call("taokit_blocks", null, 25),
    draw: (found, overview) => [
      h("h1", {}, "Blocks"),
      h("p", { class: "lead held" }, "The newest first. ", h("span", { class: "pointed" }, HELD)),
      table(
        "The newest blocks",
        [["Block", "height"], ["Time", "time"], ["Transactions", ""], ["Extrinsics", "number tally"], ["Events", "number tally"]],
        found.map((one) => ({
          key: one.hash,
          cells: [link(one.number), clock(one.timestamp), calls(one), one.extrinsic_count, one.event_count],
        })),
        { hidden: true, kind: "stack still hold" },
      ),
      forked(overview),
    ],
  };
}

function calls(one) {
  if (!one.signed_count) return h("span", { class: "quiet" }, "no transactions");
  const more = one.signed_count - one.signed.length;
  return h(
    "span",
    { class: "calls" },
    one.signed.map((extrinsic) =>
      h("span", {}, who(extrinsic.signer), " ", h("span", { class: "code" }, `${extrinsic.pallet}.${extrinsic.call}`), extrinsic.ok ? null : h("span", { class: "bad" }, ` failed: ${extrinsic.error}`)),
    ),
    more > 0 ? h("span", { class: "quiet" }, `and ${more} more`) : null,
  );
}

export function block(number) {
  const head = (before) => [
    h("h1", {}, `Block ${count(number)}`),
    h("p", { class: "pager" }, before === null ? null : h("a", { href: `#/block/${before}` }, "← earlier"), h("a", { href: `#/block/${number + 1}` }, "later →")),
  ];
  return {
    title: `Block ${number}`,
    section: SECTION,
    load: async (call) => {
      try {
        return await call("taokit_block", number);
      } catch (error) {
        if (error.refused && error.message.includes("UnknownBlock")) return null;
        throw error;
      }
    },
    draw: (found, overview) => {
      if (!found) {
        const soon = number > overview.number;
        const why = soon
          ? `This block has not been made yet: the newest is ${count(overview.number)}. It is shown here once it is there.`
          : "There is no block of this number: time travel passed over it.";
        return [head(Math.min(number - 1, overview.number)), h("p", { class: "note" }, why)];
      }
      const own = found.extrinsics.filter((one) => !one.signer);
      const signed = found.extrinsics.filter((one) => one.signer);
      return [
        head(found.before),
        h(
          "dl",
          { class: "facts" },
          facts([
            ["Time", moment(found.timestamp)],
            ["Hash", h("span", { class: "address" }, found.hash)],
            ["Parent", h("span", { class: "address" }, found.parent)],
          ]),
        ),
        h("h2", {}, "Transactions"),
        signed.length ? signed.map(extrinsic) : h("p", { class: "quiet" }, "none"),
        h("h2", {}, "What the node put in"),
        own.length ? own.map(extrinsic) : h("p", { class: "quiet" }, "nothing"),
        h("h2", {}, "Events of the block itself"),
        found.events.length ? eventTable("Events of the block itself", found.events) : h("p", { class: "quiet" }, "none"),
      ];
    },
  };
}

function extrinsic(one) {
  const details = [["Hash", value(one.hash)]];
  if (one.signer) {
    details.unshift(["Signer", who(one.signer)], ["Nonce", one.nonce]);
    details.push(["Fee", one.fee === null ? "none" : value(one.fee)]);
    if (Number(one.tip)) details.push(["Tip", value({ $: "amount", rao: one.tip, unit: "TAO" })]);
  }
  const events = one.events.length;
  return h(
    "section",
    { class: "extrinsic", "data-key": one.hash + one.index },
    h(
      "h3",
      {},
      h("span", { class: "quiet" }, `${one.index} `),
      h("span", { class: "code" }, `${one.pallet}.${one.call}`),
      one.ok ? null : h("span", { class: "bad" }, ` failed: ${one.error}`),
    ),
    h("dl", { class: "facts" }, facts(details)),
    h("dl", { class: "args" }, args(one.args)),
    events ? h("details", {}, h("summary", {}, `${events} event${events === 1 ? "" : "s"}`), eventTable(`Events of extrinsic ${one.index}`, one.events)) : null,
  );
}

function name(event) {
  return h("span", { class: "code" }, `${event.pallet}.`, h("wbr"), event.name);
}

function eventTable(caption, found) {
  return table(
    caption,
    [["Event", "event"], ["Fields", ""]],
    found.map((event, at) => ({ key: String(at), cells: [name(event), value(event.fields)] })),
    { hidden: true, kind: "stack still" },
  );
}

export function events(again) {
  let wanted = "";
  let all = false;
  const matches = (event) => {
    const name = `${event.pallet}.${event.name}`;
    return wanted ? name.toLowerCase().includes(wanted) : all || !COMMON.has(name);
  };
  return {
    title: "Events",
    section: EVENTS,
    load: (call) => call("taokit_events", 1000),
    draw: (found, overview) => {
      const matching = found.events.filter(matches);
      const shown = matching.slice(0, 200);
      const over = found.oldest > found.newest ? "" : `blocks ${count(found.oldest)} to ${count(found.newest)}`;
      const many = `${count(matching.length)} event${matching.length === 1 ? "" : "s"}`;
      return [
        h("h1", {}, "Events"),
        h(
          "form",
          { role: "search", onsubmit: (event) => event.preventDefault() },
          h("label", { for: "filter" }, "Pallet or event"),
          h("input", {
            id: "filter",
            type: "search",
            placeholder: "such as StakeAdded",
            spellcheck: "false",
            autocomplete: "off",
            oninput: (event) => {
              wanted = event.target.value.trim().toLowerCase();
              again();
            },
          }),
          h(
            "label",
            {},
            h("input", {
              type: "checkbox",
              onchange: (event) => {
                all = event.target.checked;
                again();
              },
            }),
            " also what every block tells",
          ),
        ),
        h(
          "p",
          { class: "lead held" },
          over ? `${shown.length < matching.length ? `The newest ${shown.length} of ${many}` : many} of ${over}. ` : "No block of this chain has events yet. ",
          shown.length ? h("span", { class: "pointed" }, HELD) : null,
        ),
        shown.length
          ? table(
              "Events, the newest first",
              [["Block", "height"], ["Event", "event"], ["Fields", ""]],
              shown.map((event) => ({
                key: `${event.block}-${event.index}`,
                cells: [link(event.block), name(event), value(event.fields)],
              })),
              { hidden: true, kind: "stack still hold" },
            )
          : null,
        forked(overview),
      ];
    },
  };
}
