// The development accounts, and others that one asks for.

import { h, table } from "./dom.js";
import { count, tao, who } from "./format.js";

const SECTION = "#/accounts";

export function accounts(further) {
  const asked = (further ?? "").split(",").filter(Boolean);
  return {
    title: "Accounts",
    section: SECTION,
    load: (call) => call("taokit_accounts", asked),
    draw: (found) => [
      h("h1", {}, "Accounts"),
      h("p", { class: "lead" }, "The keys of development accounts are public: never send real TAO to them."),
      table(
        "Development accounts, and those added",
        [["Name", ""], ["Address", "address"], ["Free, τ", "number"], ["Reserved, τ", "number"], ["Staked", ""], ["Nonce", "number"]],
        found.map((one) => ({
          key: one.address,
          cells: [one.name ?? "", one.address, tao(one.free), tao(one.reserved), stakes(one.stake), count(one.nonce)],
        })),
        { hidden: true },
      ),
      h(
        "form",
        {
          onsubmit: (event) => {
            event.preventDefault();
            const address = event.target.elements.address.value.trim();
            if (address) location.hash = `${SECTION}/${[...asked, address].join(",")}`;
          },
        },
        h("label", { for: "address" }, "Another account"),
        h("input", { id: "address", name: "address", type: "text", placeholder: "SS58 address", spellcheck: "false", autocomplete: "off" }),
        h("button", {}, "Show"),
      ),
    ],
  };
}

function stakes(found) {
  if (!found.length) return h("span", { class: "quiet" }, "none");
  const parts = found.slice(0, 6).map((one) => h("span", {}, `${tao(one.stake)} on ${one.netuid} with `, who(one.hotkey)));
  return h("span", { class: "calls" }, parts, found.length > 6 ? `and ${found.length - 6} more` : null);
}
