// The last epoch of a subnet, one stage after the other, as `dev_explain` tells it.

import { h, facts, table } from "./dom.js";
import { count, share, tao, who } from "./format.js";
import { place, show } from "./heatmap.js";
import { address, choice } from "./subnets.js";

const TALL = 25;

const ELSEWHERE = "The last epoch ran on the chain that this one is a fork of. To run it again here, thousands of values would have to be fetched from there. The next epoch can be walked through: “taokit localnet epoch” runs it at once.";
const OFF = "This chain does not run an epoch again for its clients: it was started without development methods, or without the cheat “insight”. What the epoch came to is on the page of the subnet.";

export function yuma(netuid, mechanism = 0) {
  let last;
  let told;
  const back = () => h("a", { href: address(netuid, mechanism) }, `Back to subnet ${netuid}`);
  return {
    title: `The last epoch of subnet ${netuid}${mechanism ? `, mechanism ${mechanism}` : ""}`,
    section: "#/subnets",
    waits: "Running the block of the epoch again …",
    load: async (call) => {
      const found = await call("taokit_subnet", netuid, mechanism);
      if (!found) return { none: "There is no such subnet or mechanism." };
      if (!found.last_epoch) return { none: "This subnet has not run an epoch yet." };
      if (!found.epoch_here) return { none: ELSEWHERE };
      if (!told || found.last_epoch !== last) {
        try {
          told = await call("dev_explain", netuid, mechanism);
        } catch (error) {
          if (error.refused) return { none: error.data === "cheat_refused" ? OFF : error.message };
          throw error;
        }
        last = found.last_epoch;
      }
      return told;
    },
    draw: (of) => {
      if (of.none) return [h("h1", {}, `The last epoch of subnet ${netuid}`), h("p", { class: "note" }, of.none), h("p", {}, back())];
      return [
        h("h1", {}, `The last epoch of subnet ${netuid}`),
        choice(of, "Mechanism", (one) => `${address(netuid, one)}/yuma`),
        h(
          "p",
          { class: "lead" },
          `Yuma ${of.rules.yuma} in block `,
          h("a", { href: `#/block/${of.block}` }, count(of.block)),
          `: from stake and weights to what everybody was paid. `,
          back(),
        ),
        of.faithful === false ? h("p", { class: "note" }, "Run again, the block came to other values than the chain holds.") : null,
        h("div", { class: "stages" }, stages(of)),
      ];
    },
    after: (of) => {
      if (of.none) return;
      const size = of.neurons.length;
      const matrix = (id, title, rows) =>
        show(id, title, size, rows.map((row) => [row.uid, row.entries.map(([uid]) => uid), row.entries.map(([, value]) => value)]), 1);
      matrix("yuma-weights", "Weights as used", of.weights);
      matrix("yuma-clipped", "Weights after clipping", of.clipped_weights);
      matrix("yuma-before", "Bonds before", of.bonds_before);
      matrix("yuma-bonds", "Bonds after", of.bonds);
    },
  };
}

function stages(of) {
  const { rules } = of;
  const validators = of.neurons.filter((one) => one.permit || one.new_permit || one.stake > 0);
  const miners = of.neurons.filter((one) => one.consensus > 0 || one.rank > 0 || one.incentive > 0);
  return [
    stage("Stake", [
      `Alpha of the subnet, and TAO by its weight, as shares of all. Only who has a permit and set weights within ${count(rules.activity_cutoff)} blocks counts: the shares of those are made one again.`,
      people("Stake by validator", validators, [
        ["Stake, α", (one) => tao(one.alpha_and_tao)],
        ["Share", (one) => share(one.stake)],
        ["Permit", (one) => (one.permit ? "yes" : "no")],
        ["Active", (one) => (one.active ? "yes" : "no")],
        ["Share that counts", (one) => [meter(one.active_stake), share(one.active_stake)]],
      ]),
    ]),
    stage("Weights as used", [
      "Of permitted validators only; none on oneself, none that were set before the miner was registered; each row is one in sum.",
      place("yuma-weights"),
    ]),
    stage("Consensus", [
      `For each miner the greatest weight that validators with at least ${share(rules.kappa)} of the stake gave it (κ).`,
      people("Consensus by miner", miners, [["Consensus", (one) => [meter(one.consensus), share(one.consensus)]]]),
    ]),
    stage("Clipped weights", ["Whatever is above the consensus of its miner is cut down to it.", place("yuma-clipped")]),
    stage("Incentive", [
      "Clipped weights times stake make a miner's rank, and the ranks as shares of all its incentive. Trust is how much of the rank clipping left.",
      people("Incentive by miner", miners, [
        ["Rank", (one) => share(one.rank)],
        ["Trust", (one) => share(one.trust)],
        ["Incentive", (one) => [meter(one.incentive), share(one.incentive)]],
      ]),
    ]),
    stage("Trust of validators", [
      "What is left of a validator's own weights after clipping: less for who stands alone.",
      people("Trust by validator", validators, [["Validator trust", (one) => [meter(one.validator_trust), share(one.validator_trust)]]]),
    ]),
    stage("Bonds", [
      `Bonds follow the weights slowly (${share(rules.bonds_moving_average)} of the old is kept${rules.liquid_alpha ? ", or as liquid alpha says" : ""}): who sees a good miner early holds more of it.`,
      place("yuma-before"),
      place("yuma-bonds"),
    ]),
    stage("Dividends", [
      "Bonds times the incentive of their miners, as shares of all.",
      people("Dividends by validator", validators, [["Dividends", (one) => [meter(one.dividends), share(one.dividends)]]]),
    ]),
    stage("Emission", [
      "What had waited for this epoch, all mechanisms together, and where it went.",
      h(
        "dl",
        { class: "facts" },
        facts([
          ["In all", `${tao(of.emission.total)} α`],
          ["For miners", `${tao(of.emission.miners_pending)} α`],
          ["For validators", `${tao(of.emission.validators_pending)} α`],
          ["For root", `${tao(of.emission.root_pending)} α`],
          ["The owner's cut", `${tao(of.emission.owner_cut)} α`],
          ["Burned", `${tao(of.emission.burned)} α`],
          ["Recycled", `${tao(of.emission.recycled)} α`],
        ]),
      ),
      paid("Paid to miners", of.emission.miners, [["Amount, α", (one) => tao(one.amount)], ["", (one) => one.fate]]),
      paid("Paid to validators", of.emission.validators, [["To the validator, α", (one) => tao(one.take)], ["To its stakers, α", (one) => tao(one.stakers)]]),
    ]),
  ];
}

function stage(title, content) {
  const [said, ...rest] = content;
  return h("section", { class: "stage", "data-key": title }, h("h2", {}, title), h("p", { class: "lead" }, said), rest);
}

function people(caption, found, columns) {
  if (!found.length) return h("p", { class: "quiet" }, "Nobody.");
  return table(
    caption,
    [["Uid", "number"], ["Hotkey", "narrow"], ...columns.map(([name]) => [name, "number"])],
    found.map((one) => ({ key: String(one.uid), cells: [one.uid, who(one.hotkey), ...columns.map(([, tell]) => tell(one))] })),
    { hidden: true, kind: found.length > TALL ? "tall" : "" },
  );
}

function paid(caption, found, columns) {
  if (!found.length) return null;
  return [
    h("h3", {}, caption),
    table(
      caption,
      [["Uid", "number"], ["Hotkey", "narrow"], ...columns.map(([name]) => [name, "number"])],
      found.map((one, at) => ({ key: `${one.hotkey}-${at}`, cells: [one.uid ?? "", who(one.hotkey), ...columns.map(([, tell]) => tell(one))] })),
      { hidden: true, kind: found.length > TALL ? "tall" : "" },
    ),
  ];
}

function meter(value) {
  return h("meter", { class: "bar", min: "0", max: "1", value: String(value), "aria-hidden": "true" });
}
