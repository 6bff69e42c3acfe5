// The development accounts, and others that one asks for.

import { h, table } from "./dom.js";
import { count, exact, tao, who } from "./format.js";

const SECTION = "#/accounts";

export function accounts(further) {
  const asked = (further ?? "").split(",").filter(Boolean);
  return {
    title: "Accounts",
    section: SECTION,
    load: async (call) => {
      try {
        return { found: await call("taokit_accounts", asked) };
      } catch (error) {
        if (!error.refused || !asked.length) throw error;
        return { found: await call("taokit_accounts", []), wrong: error.message };
      }
    },
    draw: ({ found, wrong }) => [
      h("h1", {}, "Accounts"),
      h("p", { class: "lead" }, "The keys of development accounts are public: never send real TAO to them."),
      wrong ? h("p", { class: "note", role: "alert" }, `${asked.join(", ")}: that is no account. ${wrong}`) : null,
      accountTable("Development accounts", found.filter((one) => one.name !== null)),
      found.some((one) => one.name === null) ? [h("h2", {}, "Others"), accountTable("Accounts that were asked for", found.filter((one) => one.name === null))] : null,
      h(
        "form",
        {
          onsubmit: (event) => {
            event.preventDefault();
            const address = event.target.elements.address.value.trim();
            if (address) location.hash = `${SECTION}/${[...new Set(wrong ? [address] : [...asked, address])].join(",")}`;
          },
        },
        h("label", { for: "address" }, "Another account"),
        h("input", { id: "address", name: "address", type: "text", placeholder: "SS58 address", spellcheck: "false", autocomplete: "off" }),
        h("button", {}, "Show"),
      ),
    ],
  };
}

function accountTable(caption, found) {
  return table(
    caption,
    [["Name", "called"], ["Address", "whole"], ["Free, τ", "number"], ["Reserved, τ", "number"], ["Staked", "named"], ["Nonce", "number"]],
    found.map((one) => ({
      key: one.address,
      cells: [one.name ?? h("span", { class: "quiet" }, "no name"), h("span", { class: "address" }, one.address), money(one.free), money(one.reserved), stakes(one.stake), count(one.nonce)],
    })),
    { hidden: true, kind: "stack" },
  );
}

function money(rao) {
  return h("abbr", { title: exact(rao) }, tao(rao));
}

function stakes(found) {
  if (!found.length) return h("span", { class: "quiet" }, "none");
  const one = (held) => h("span", {}, h("abbr", { title: exact(held.stake, held.netuid ? "alpha" : "TAO") }, `${tao(held.stake)}\u00a0${held.netuid ? "α" : "τ"}`), " on subnet ", h("a", { href: `#/subnet/${held.netuid}` }, held.netuid), " with ", who(held.hotkey));
  return h("span", { class: "calls" }, found.slice(0, 6).map(one), found.length > 6 ? h("span", { class: "quiet" }, `and ${found.length - 6} more`) : null);
}
