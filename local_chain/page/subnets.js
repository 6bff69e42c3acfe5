// Subnets, and one of them with its neurons.

import { h, facts, jump, table } from "./dom.js";
import { amount, count, price, share, tao, who } from "./format.js";
import { chart, spark } from "./chart.js";
import { place, show } from "./heatmap.js";

const SECTION = "#/subnets";
const SPARK_POINTS = 24;
const CHART_POINTS = 100;
const SERIES_EVERY = 2000;
const U16 = 65535;
const TALL = 40;

/** Ask for series no more often than they are worth drawing again. */
function seldom(ask) {
  let last = -Infinity;
  let kept;
  return async () => {
    if (performance.now() - last > SERIES_EVERY) {
      kept = await ask();
      last = performance.now();
    }
    return kept;
  };
}

function column(series, netuid, field) {
  const at = series.fields.indexOf(field);
  return (series.subnets[netuid] ?? []).filter((values) => values !== null).map((values) => values[at]);
}

/** The blocks in which there was the subnet. */
function times(series, netuid) {
  const values = series.subnets[netuid] ?? [];
  return series.blocks.filter((_, index) => values[index]);
}

function ends(name, values, text) {
  return values.length ? `${name} from ${text(values[0])} to ${text(values[values.length - 1])}` : name;
}

export function subnets() {
  let series;
  return {
    title: "Subnets",
    section: SECTION,
    load: async (call) => {
      const rows = await call("taokit_subnets");
      series ??= seldom(async () => {
        const now = await call("taokit_subnets");
        return call("taokit_series", now.map((row) => row.netuid), SPARK_POINTS);
      });
      return { rows, series: await series() };
    },
    draw: ({ rows, series: found }) => [
      h("h1", {}, "Subnets"),
      h("p", { class: "lead" }, `Lines go over blocks ${count(found.blocks[0])} to ${count(found.blocks[found.blocks.length - 1])}. Emission is what one block adds.`),
      table(
        "Subnets",
        [
          ["Subnet", "subnet"],
          ["Price, τ", "number"],
          ["Price over time", "line"],
          ["Emission, α", "number"],
          ["Emission over time", "line"],
          ["Staked, α", "number"],
          ["Stake over time", "line"],
          ["In the pool, τ", "number"],
          ["Neurons", "number"],
          ["Next epoch", "number"],
        ],
        rows.map((row) => {
          const prices = column(found, row.netuid, "price");
          const emission = column(found, row.netuid, "alpha_emission");
          const staked = column(found, row.netuid, "alpha_out");
          return {
            key: String(row.netuid),
            cells: [
              h("a", { href: `#/subnet/${row.netuid}` }, `${row.netuid} ${row.symbol} ${row.name}`),
              price(row.price),
              spark(prices, ends("price", prices, price), price),
              tao(row.alpha_emission),
              spark(emission, ends("emission", emission, amount), amount),
              tao(row.alpha_out),
              spark(staked, ends("staked", staked, amount), amount),
              tao(row.tao_in),
              `${row.neurons} of ${row.max_neurons}`,
              row.next_epoch === null ? h("span", { class: "quiet" }, "none") : count(row.next_epoch),
            ],
          };
        }),
        { hidden: true },
      ),
    ],
  };
}

export function subnet(netuid, mechanism = 0) {
  let series;
  let stamp;
  let matrices = {};
  return {
    title: mechanism ? `Subnet ${netuid}, mechanism ${mechanism}` : `Subnet ${netuid}`,
    section: SECTION,
    load: async (call) => {
      series ??= seldom(() => call("taokit_series", [netuid], CHART_POINTS));
      const [found, went] = await Promise.all([call("taokit_subnet", netuid, mechanism), series()]);
      if (found && found.stamp !== stamp) {
        const [weights, bonds] = await Promise.all(["weights", "bonds"].map((kind) => call("taokit_matrix", netuid, kind, mechanism)));
        matrices = { weights, bonds };
        stamp = found.stamp;
      }
      return { found, went };
    },
    draw: ({ found, went }, overview) => {
      if (!found) {
        const what = mechanism ? `subnet ${netuid}, or it has no mechanism ${mechanism}` : "such subnet";
        return [h("h1", {}, `Subnet ${netuid}`), h("p", { class: "note" }, `There is no ${what}. `, h("a", { href: SECTION }, "All subnets"))];
      }
      const line = (title, field, text) => chart(title, times(went, netuid), column(went, netuid, field), text);
      const soon = found.next_epoch - overview.number;
      const epoch = `${address(netuid, mechanism)}/yuma`;
      return [
        h("h1", {}, `Subnet ${netuid} ${found.symbol} ${found.name}`),
        choice(found, "Mechanism", (one) => address(netuid, one)),
        h(
          "dl",
          { class: "facts" },
          facts([
            ["Owner", who(found.owner)],
            ["Tempo", `${count(found.tempo)} blocks`],
            ["Last epoch", found.last_epoch ? h("a", { href: `#/block/${found.last_epoch}` }, count(found.last_epoch)) : "none yet"],
            ["Next epoch", found.next_epoch === null ? "none" : `${count(found.next_epoch)}, in ${count(soon)}`],
            ["To be paid then", `${tao(found.pending)} α`],
            ["Registration costs", `${tao(found.burn)} τ`],
            ["Weights", found.commit_reveal ? "committed, then revealed" : "in the open"],
            ["Consensus", `Yuma ${found.yuma}`],
            ["Neurons", `${found.neurons} of ${found.max_neurons}`],
          ]),
        ),
        h(
          "p",
          { class: "pager" },
          found.last_epoch ? h("a", { href: epoch }, "Walk through the last epoch") : null,
          jump("Metagraph", "Weights", "Bonds"),
        ),
        h(
          "div",
          { class: "charts" },
          line("Price, τ", "price", price),
          line("TAO in the pool", "tao_in", amount),
          line("Staked, α", "alpha_out", amount),
          line("Emission of a block, α", "alpha_emission", amount),
        ),
        h("h2", { id: "at-metagraph", tabindex: "-1" }, "Metagraph"),
        found.mechanisms > 1 ? h("p", { class: "lead" }, `Incentive and updates are of mechanism ${mechanism}, the rest is of all ${found.mechanisms} together.`) : null,
        found.neurons ? neurons(found) : h("p", { class: "quiet" }, "No neurons yet."),
        h("h2", { id: "at-weights", tabindex: "-1" }, "Weights"),
        place("weights"),
        h("h2", { id: "at-bonds", tabindex: "-1" }, "Bonds"),
        place("bonds"),
      ];
    },
    after: () => {
      for (const [kind, title] of [["weights", "Weights"], ["bonds", "Bonds"]]) {
        if (matrices[kind]) show(kind, title, matrices[kind].size, matrices[kind].rows, U16);
      }
    },
  };
}

/** Where a subnet, or another mechanism of it than the first, is shown. */
export function address(netuid, mechanism) {
  return mechanism ? `#/subnet/${netuid}/mechanism/${mechanism}` : `#/subnet/${netuid}`;
}

/** The mechanisms to choose from, where there are several. */
export function choice({ mechanism, mechanisms }, title, href) {
  if (mechanisms < 2) return null;
  const one = (at) => h("a", { href: href(at), "aria-current": at === mechanism ? "true" : null }, `${title} ${at}`);
  return h("nav", { class: "tabs", "aria-label": "Mechanisms" }, Array.from({ length: mechanisms }, (_, at) => one(at)));
}

function neurons(found) {
  return table(
    "Neurons of the subnet",
    [["Uid", "number"], ["Hotkey", "narrow"], ["Coldkey", "narrow"], ["Stake, α", "number"], ["Role", "narrow"], ["Incentive", "number"], ["Dividends", "number"], ["Consensus", "number"], ["Validator trust", "number"], ["Emission, α", "number"], ["Updated", "number"]],
    found.neurons_table.map((one) => ({
      key: String(one.uid),
      cells: [
        one.uid,
        who(one.hotkey),
        who(one.coldkey),
        tao(one.stake),
        [one.permit ? "validator" : h("span", { class: "quiet" }, "miner"), one.active ? "" : h("span", { class: "quiet" }, ", inactive")],
        share(one.incentive),
        share(one.dividends),
        share(one.consensus),
        share(one.validator_trust),
        tao(one.emission),
        count(one.last_update),
      ],
    })),
    { hidden: true, kind: found.neurons > TALL ? "tall" : "" },
  );
}
