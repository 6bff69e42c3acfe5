"""How the results of particular reads are laid out for people: one function for each.

Owns those tables, the same wherever a read is asked for (``subnets metagraph``, ``query
metagraph``). A read without an entry here is shown by its fields (render.py); JSON never passes
through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taokit.cli.render import fields_of
from taokit.cli.stake_tables import STAKE_TABLES
from taokit.cli.table import Column
from taokit.cli.wallets import own_hotkeys

if TYPE_CHECKING:
    from taokit.chain_client.reads.chain import ChainStatus
    from taokit.chain_client.reads.hyperparameters import Hyperparameter
    from taokit.chain_client.reads.metagraph import Metagraph
    from taokit.chain_client.reads.price_history import PriceHistory
    from taokit.chain_client.reads.settings import SettingValue
    from taokit.chain_client.reads.subnet_details import Mechanism, SubnetConviction
    from taokit.chain_client.reads.subnets import Subnet, SubnetDetail
    from taokit.cli.context import Run

__all__ = ["TABLES", "price_cell", "show_current_prices"]

_FULL = 65535


def price_cell(price: Any) -> str:
    """A price without its unit, for a column that names it."""
    return str(price.format().partition(" ")[0])


def _percent(share: Any) -> str:
    return f"{float(share):.2%}"


def _change(share: Any) -> str:
    return f"{float(share):+.2%}"


def _share(parts: int) -> str:
    return f"{parts / _FULL:.4f}"


def _subnets(run: Run, subnets: tuple[Subnet, ...]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("name", "Name", priority=8),
        Column("symbol", "Symbol", priority=3),
        Column("price", "Price", right=True, priority=8, show=price_cell),
        Column("cap", "Market cap", right=True, priority=7),
        Column("tao_in", "TAO in pool", right=True, priority=7),
        Column("tao_in_emission", "Emission", right=True, priority=6),
        Column("alpha_in", "Alpha in pool", right=True, priority=5),
        Column("alpha_out", "Alpha held", right=True, priority=4),
        Column("supply", "Supply", right=True, priority=2),
        Column("epoch", "Epoch", right=True, priority=4),
        Column("tempo", "Tempo", right=True, priority=2, show=str),
        Column("owner_hotkey", "Owner's hotkey", priority=1, address=True),
    ]
    rows = [
        {
            **fields_of(subnet),
            "supply": subnet.alpha_in + subnet.alpha_out,
            "cap": subnet.price.worth(subnet.alpha_in + subnet.alpha_out),
            "epoch": f"{subnet.blocks_since_last_step}/{subnet.tempo}",
        }
        for subnet in subnets
    ]
    run.out.table(columns, rows, empty="no subnets")
    if run.out.form == "human" and len(subnets) > 1:
        _subnets_together(run, subnets)


def _subnets_together(run: Run, subnets: Sequence[Subnet]) -> None:
    """What all of them come to; subnet 0 has no pool, and its price says nothing."""
    from taokit.chain_client.money import Tao

    traded = [subnet for subnet in subnets if subnet.netuid]
    prices = Tao(sum(subnet.price.rao for subnet in traded))
    pools = Tao(sum(subnet.tao_in.rao for subnet in traded))
    emission = Tao(sum(subnet.tao_in_emission.rao for subnet in traded))
    run.out.note(
        f"{len(traded)} subnets: prices add up to {run.out.money(prices, places=4)}, pools hold "
        f"{run.out.money(pools, places=4)}, {run.out.money(emission, places=4)} come in a block"
    )


def show_current_prices(run: Run, subnets: Sequence[Subnet]) -> None:
    """Prices of now with what else is to be known of the markets."""
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("name", "Name", priority=7),
        Column("price", "Price", right=True, priority=9, show=price_cell),
        Column("cap", "Market cap", right=True, priority=8),
        Column("supply", "Supply", right=True, priority=6),
        Column("alpha_out", "Staked", right=True, priority=7),
        Column("tao_in_emission", "Emission", right=True, priority=5),
    ]
    rows = [
        {
            **fields_of(subnet),
            "supply": subnet.alpha_in + subnet.alpha_out,
            "cap": subnet.price.worth(subnet.alpha_in + subnet.alpha_out),
        }
        for subnet in subnets
    ]
    run.out.table(columns, rows, empty="no prices")


def _subnet(run: Run, detail: SubnetDetail) -> None:
    fields = {**fields_of(detail.subnet), **fields_of(detail)}
    del fields["subnet"]
    identity = fields.pop("identity")
    if identity is not None:
        fields |= {f"identity {k}": v for k, v in fields_of(identity).items() if v}
    run.out.record(fields)


def _metagraph(run: Run, graph: Metagraph) -> None:
    known = own_hotkeys(run)
    named = any(neuron.name for neuron in graph.neurons)
    rows: list[Mapping[str, Any]] = [
        {
            **fields_of(neuron),
            "wallet": known.get(neuron.hotkey),
            "axon": f"{neuron.axon.address}:{neuron.axon.port}" if neuron.axon else None,
        }
        for neuron in graph.neurons
    ]
    columns = [
        Column("uid", "Uid", right=True, priority=9),
        *([Column("wallet", "Wallet", priority=7)] if known else []),
        Column("hotkey", "Hotkey", priority=7, address=True),
        *([Column("name", "Name", priority=4)] if named else []),
        Column("stake_weight", "Stake", right=True, priority=8, show=lambda v: v.decimal(places=3)),
        Column("validator_permit", "Permit", priority=6),
        Column("incentive", "Incentive", right=True, priority=8, show=_share),
        Column("dividends", "Dividends", right=True, priority=8, show=_share),
        Column("consensus", "Consensus", right=True, priority=4, show=_share),
        Column("emission", "Emission", right=True, priority=8, show=lambda v: v.decimal(places=6)),
        Column("last_update", "Updated", right=True, priority=3),
        Column("axon", "Axon", priority=5),
        Column("coldkey", "Coldkey", priority=1, address=True),
    ]
    ago = graph.blocks_since_last_step
    title = f"{graph.name or 'subnet'} {graph.netuid} at block {graph.block}; last epoch {ago} ago"
    run.out.table(columns, rows, title=title, empty="no neurons")


def _hyperparameters(run: Run, entries: tuple[Hyperparameter, ...]) -> None:
    columns = [
        Column("name", "Name", priority=9),
        Column("value", "Value", right=True, priority=8),
        Column("shown", "As", right=True, priority=6),
        Column("set_by", "Set by", priority=5),
        Column("does", "What it does", priority=4),
        Column("kind", "Type", priority=3),
    ]
    rows = []
    for entry in entries:
        shown = "" if entry.shown == run.out.text(entry.value) else entry.shown
        rows.append({**fields_of(entry), "shown": shown})
    run.out.table(columns, rows)


def _settings(run: Run, entries: tuple[SettingValue, ...]) -> None:
    columns = [
        Column("name", "Name", priority=9),
        Column("shown", "Value", right=True, priority=8),
        Column("range", "Range", priority=5),
        Column("set_by", "Set by", priority=6),
        Column("does", "What it does", priority=4),
    ]
    if len(entries) == 1 and run.out.form == "human":
        (entry,) = entries
        fields = {**fields_of(entry), "value": entry.shown, "chain value": entry.value}
        del fields["shown"]
        run.out.record({name: value for name, value in fields.items() if value not in ("", None)})
        return
    rows = [
        {**fields_of(entry), "shown": run.out.sentence(entry.shown or "-")} for entry in entries
    ]
    run.out.table(columns, rows)


def _mechanisms(run: Run, entries: tuple[Mechanism, ...]) -> None:
    columns = [
        Column("mechanism", "Mechanism", right=True, priority=9),
        Column("share", "Part of emission", right=True, priority=8, show=_percent),
        Column("parts", "Of 65535", right=True, priority=5),
    ]
    rows = [fields_of(entry) for entry in entries]
    run.out.table(columns, rows)


def _conviction(run: Run, found: SubnetConviction) -> None:
    reached = found.total.rao / found.needed.rao if found.needed.rao else 0
    run.out.record(
        {
            "conviction": found.total,
            "needed for another owner": found.needed,
            "reached": f"{reached:.1%}",
            "leader": found.leader,
        }
    )
    columns = [
        Column("hotkey", "Hotkey", address=True, priority=9),
        Column("conviction", "Conviction", right=True, priority=8),
        Column("share", "Share", right=True, priority=7, show=_percent),
        Column("is_owner", "Owner", priority=6),
        Column("coldkey", "Coldkey", address=True, priority=4),
    ]
    run.out.table(columns, [fields_of(one) for one in found.hotkeys], empty="no locks")


def _price_history(run: Run, found: tuple[PriceHistory, ...]) -> None:
    columns = [
        Column("netuid", "Subnet", right=True, priority=9),
        Column("price", "Price", right=True, priority=9, show=price_cell),
        Column("change", "Change", right=True, priority=8, show=_change),
        Column("lowest", "Lowest", right=True, priority=7, show=price_cell),
        Column("highest", "Highest", right=True, priority=6, show=price_cell),
        Column("blocks", "Blocks", priority=5),
    ]
    rows = [
        {**fields_of(one), "blocks": f"{one.points[0].block} to {one.points[-1].block}"}
        for one in found
    ]
    run.out.table(columns, rows, empty="no prices")


def _weights(run: Run, weights: Mapping[int, Mapping[int, int]]) -> None:
    rows = []
    for validator, row in weights.items():
        total = sum(row.values())
        rows += [
            {
                "validator": validator,
                "neuron": neuron,
                "weight": weight,
                "share": weight / total if total else 0.0,
            }
            for neuron, weight in row.items()
        ]
    columns = [
        Column("validator", "Validator", right=True, priority=9),
        Column("neuron", "Neuron", right=True, priority=9),
        Column("weight", "Weight", right=True, priority=8),
        Column("share", "Share", right=True, priority=7, show=lambda part: f"{part:.4f}"),
    ]
    run.out.table(columns, rows, empty="no weights are set")


def _status(run: Run, status: ChainStatus) -> None:
    from datetime import datetime, timezone

    fields = fields_of(status)
    if run.out.form == "human":
        stamp = fields.pop("timestamp")
        try:
            moment = datetime.fromtimestamp(stamp / 1000, timezone.utc)
        except (ValueError, OverflowError, OSError):  # a local chain may be sent past the year 9999
            fields["time"] = f"{stamp} ms after 1970"
        else:
            fields["time"] = moment.isoformat(sep=" ", timespec="milliseconds")
    run.out.record(fields)


# By the name of the read.
TABLES: dict[str, Callable[[Run, Any], None]] = {
    "hyperparameters": _hyperparameters,
    "mechanisms": _mechanisms,
    "metagraph": _metagraph,
    "price-history": _price_history,
    "settings": _settings,
    "status": _status,
    "subnet": _subnet,
    "subnet-conviction": _conviction,
    "subnets": _subnets,
    "weights": _weights,
    **STAKE_TABLES,
}
