// Blocks, one block, and events.

import { h, facts, table } from "./dom.js";
import { clock, count, moment, tao, value, who } from "./format.js";

const SECTION = "#/blocks";
// What every block and every transaction tells.
const COMMON = new Set(["System.ExtrinsicSuccess", "TransactionPayment.TransactionFeePaid", "Balances.Withdraw", "Balances.Issued"]);

function link(number) {
  return h("a", { href: `#/block/${number}` }, count(number));
}

export function blocks() {
  return {
    title: "Blocks",
    section: SECTION,
    load: (call) => call("taokit_blocks", null, 25),
    draw: (found) => [
      h("h1", {}, "Blocks"),
      table(
        "The newest blocks",
        [["Block", "number"], ["Time", "narrow"], ["Transactions", ""], ["Extrinsics", "number"], ["Events", "number"]],
        found.map((one) => ({
          key: one.hash,
          cells: [link(one.number), clock(one.timestamp), calls(one), one.extrinsic_count, one.event_count],
        })),
        { hidden: true },
      ),
    ],
  };
}

function calls(one) {
  if (!one.signed_count) return h("span", { class: "quiet" }, "none");
  const more = one.signed_count - one.signed.length;
  return h(
    "span",
    { class: "calls" },
    one.signed.map((extrinsic) =>
      h("span", {}, who(extrinsic.signer), " ", h("span", { class: "code" }, `${extrinsic.pallet}.${extrinsic.call}`), extrinsic.ok ? null : h("span", { class: "bad" }, ` failed: ${extrinsic.error}`)),
    ),
    more > 0 ? ` and ${more} more` : null,
  );
}

export function block(number) {
  return {
    title: `Block ${number}`,
    section: SECTION,
    load: (call) => call("taokit_block", number),
    draw: (found) => [
      h("h1", {}, `Block ${count(number)}`),
      h(
        "p",
        { class: "pager" },
        number > 0 ? h("a", { href: `#/block/${number - 1}` }, "← earlier") : null,
        h("a", { href: `#/block/${number + 1}` }, "later →"),
      ),
      h(
        "dl",
        { class: "facts" },
        facts([
          ["Time", moment(found.timestamp)],
          ["Hash", h("span", { class: "address" }, found.hash)],
          ["Parent", h("span", { class: "address" }, found.parent)],
        ]),
      ),
      h("h2", {}, "Extrinsics"),
      found.extrinsics.map(extrinsic),
      h("h2", {}, "Events of the block itself"),
      found.events.length ? eventTable("Events of the block itself", found.events) : h("p", { class: "quiet" }, "none"),
    ],
  };
}

function extrinsic(one) {
  const details = [["Hash", value(one.hash)]];
  if (one.signer) {
    details.unshift(["Signer", who(one.signer)], ["Nonce", one.nonce]);
    details.push(["Fee", one.fee === null ? "none" : `${tao(one.fee)} τ`]);
  }
  return h(
    "section",
    { class: "extrinsic", "data-key": one.hash + one.index },
    h(
      "h3",
      {},
      `${one.index}  `,
      h("span", { class: "code" }, `${one.pallet}.${one.call}`),
      one.ok ? null : h("span", { class: "bad" }, ` failed: ${one.error}`),
    ),
    h("dl", { class: "facts" }, facts(details)),
    h("dl", { class: "args" }, facts(Object.entries(one.args ?? {}).map(([name, given]) => [name, value(given)]))),
    one.events.length
      ? h("details", {}, h("summary", {}, `${one.events.length} event${one.events.length === 1 ? "" : "s"}`), eventTable(`Events of extrinsic ${one.index}`, one.events))
      : null,
  );
}

function eventTable(caption, found) {
  return table(
    caption,
    [["Event", ""], ["Fields", ""]],
    found.map((event, at) => ({ key: String(at), cells: [h("span", { class: "code" }, `${event.pallet}.${event.name}`), value(event.fields)] })),
    { hidden: true },
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
    section: "#/events",
    load: (call) => call("taokit_events", 1000),
    draw: (found) => {
      const shown = found.events.filter(matches).slice(0, 200);
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
        shown.length
          ? table(
              `${shown.length} events of blocks ${count(found.oldest)} to ${count(found.newest)}`,
              [["Block", "number"], ["Event", ""], ["Fields", ""]],
              shown.map((event) => ({
                key: `${event.block}-${event.index}`,
                cells: [link(event.block), h("span", { class: "code" }, `${event.pallet}.${event.name}`), value(event.fields)],
              })),
            )
          : h("p", { class: "quiet" }, `None in blocks ${count(found.oldest)} to ${count(found.newest)}.`),
      ];
    },
  };
}
