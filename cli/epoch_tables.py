"""An explained epoch on a screen: neurons with a stage in each column, matrices, and the emission.

Owns the layout. Does not own the numbers: they come as `dev_explain` tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from taokit.cli.errors import UnknownName
from taokit.cli.table import Column

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["show_emission", "show_neuron", "show_neurons", "show_stage"]

MATRICES = {
    "weights-set": "weights_set",
    "weights": "weights",
    "clipped": "clipped_weights",
    "weights-for-bonds": "weights_for_bonds",
    "bonds-before": "bonds_before",
    "bonds": "bonds",
}
VECTORS = {
    "stake": "stake",
    "active-stake": "active_stake",
    "consensus": "consensus",
    "rank": "rank",
    "trust": "trust",
    "incentive": "incentive",
    "validator-trust": "validator_trust",
    "dividends": "dividends",
}
_ADDED_UP = ("stake", "active_stake", "consensus", "rank", "incentive", "dividends")


def _part(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.4f}" if value else "."


def _alpha(value: Any) -> str:
    return value if isinstance(value, str) else f"{value / 10**9:.4f}" if value else "."


_NEURONS = [
    Column("uid", "UID", right=True, priority=10),
    Column("kind", "", priority=9),
    Column("stake", "Stake", right=True, priority=7, show=_part),
    Column("active_stake", "Active", right=True, priority=2, show=_part),
    Column("consensus", "Consensus", right=True, priority=8, show=_part),
    Column("rank", "Rank", right=True, priority=6, show=_part),
    Column("trust", "Trust", right=True, priority=3, show=_part),
    Column("incentive", "Incentive", right=True, priority=9, show=_part),
    Column("validator_trust", "V-trust", right=True, priority=4, show=_part),
    Column("dividends", "Dividends", right=True, priority=9, show=_part),
    Column("earned", "Alpha", right=True, priority=9, show=_alpha),
    Column("hotkey", "Hotkey", priority=1, address=True),
]


def show_neurons(run: Run, told: Mapping[str, Any]) -> None:
    """All neurons, a stage in each column, then the sums."""
    rows: list[dict[str, Any]] = [_row(neuron) for neuron in told["neurons"]]
    sums = {name: sum(row[name] for row in rows) for name in (*_ADDED_UP, "earned")}
    rows.append({"uid": "sum", "kind": "", "trust": "", "validator_trust": "", **sums})
    rules, mechanism = told["rules"], ""
    if told["mechanisms"] > 1:
        mechanism = f", mechanism {told['mechanism']} of {told['mechanisms']}"
    how = f"Yuma {rules['yuma']}{', liquid alpha' if rules['liquid_alpha'] else ''}"
    reveal = ", commit-reveal" if rules["commit_reveal"] else ""
    title = f"Subnet {told['netuid']}{mechanism}, epoch in block {told['block']}: {how}{reveal}"
    run.out.note(title)
    run.out.table(_NEURONS, rows)


def _row(neuron: Mapping[str, Any]) -> dict[str, Any]:
    permit, after = neuron["permit"], neuron["new_permit"]
    kind = {(True, True): "V", (True, False): "V-", (False, True): "V+"}.get((permit, after), "")
    return {
        **neuron,
        "kind": kind + ("" if neuron["active"] else " idle"),
        "earned": neuron["miner_emission"] + neuron["validator_emission"],
    }


def show_emission(run: Run, told: Mapping[str, Any]) -> None:
    """What had waited for the epoch, and where it went."""
    split = told["emission"]
    dividends = [(one, "alpha") for one in split["validators"]]
    root = [(one, "root") for one in split["root"]]
    taken = sum(one["take"] for one, _ in dividends + root)
    parts = [
        ("miners", split["miners_pending"], "waited for miners"),
        ("validators", split["validators_pending"], "waited for validators and their stakers"),
        ("root", split["root_pending"], "waited for root's stakers"),
        ("owner", split["owner_cut"], "waited for the subnet's owner"),
        ("total", split["total"], ""),
        ("staked", _staked(split), "paid: to miners"),
        ("takes", taken, "paid: to validators' owners, their take"),
        ("stakers", sum(one["stakers"] for one, _ in dividends), "paid: to who stakes with them"),
        ("claimable", sum(one["stakers"] for one, _ in root), "paid: to be claimed on root"),
        ("owner_paid", split["owner_cut"] if split["owner"] else 0, "paid: to the owner"),
        ("burned", split["burned"], "burned: what the owner's hotkeys earned"),
        ("recycled", split["recycled"], "recycled: that, or burned of childkeys"),
    ]
    rows = [{"part": name, "alpha": amount, "what": what} for name, amount, what in parts]
    kept = split["total"] - sum(amount for name, amount, _ in parts[5:])
    rows.append({"part": "dust", "alpha": kept, "what": "left over by rounding"})
    columns = [
        Column("part", "Emission", priority=9),
        Column("alpha", "Alpha", right=True, priority=9, show=lambda rao: f"{rao / 10**9:.9f}"),
        Column("what", "", priority=8),
    ]
    run.out.table(columns, rows)


def _staked(split: Mapping[str, Any]) -> int:
    return sum(one["amount"] for one in split["miners"] if one["fate"] == "staked")


def show_stage(run: Run, told: Mapping[str, Any], stage: str) -> None:
    """One stage: a matrix with a validator in each row, or a value for each neuron."""
    if stage in VECTORS:
        columns = [
            Column("uid", "UID", right=True, priority=9),
            Column("value", stage, right=True, priority=9, show=lambda value: f"{value:.9f}"),
        ]
        rows = [{"uid": one["uid"], "value": one[VECTORS[stage]]} for one in told["neurons"]]
        run.out.table(columns, rows)
        return
    if stage not in MATRICES:
        known = [*MATRICES, *VECTORS]
        raise UnknownName("stage", stage, known, see=f"--stage {', '.join(known)}")
    matrix = told[MATRICES[stage]]
    uids = sorted({column for row in matrix for column, _ in row["entries"]})
    columns = [Column("uid", "from \\ to", right=True, priority=999)]
    columns += [
        Column(str(uid), str(uid), right=True, priority=900 - place, show=_part)
        for place, uid in enumerate(uids)
    ]
    rows = []
    for row in matrix:
        entries = {str(uid): value for uid, value in row["entries"]}
        rows.append({"uid": row["uid"], **{str(uid): entries.get(str(uid), 0.0) for uid in uids}})
    run.out.table(columns, rows, empty="nothing in it")


def show_neuron(run: Run, told: Mapping[str, Any], uid: int) -> None:
    """One neuron's way through the stages."""
    neurons = {one["uid"]: one for one in told["neurons"]}
    if uid not in neurons:
        raise UnknownName("uid", str(uid), [str(known) for known in neurons], see="--neuron UID")
    one = neurons[uid]
    fields: dict[str, Any] = dict(one)
    for name in ("alpha_and_tao", "miner_emission", "validator_emission"):
        fields[name] = f"{one[name] / 10**9:.9f}"
    for title, key in MATRICES.items():
        label = title.replace("-", "_")
        given: Any = next((row["entries"] for row in told[key] if row["uid"] == uid), [])
        got = [
            (row["uid"], value)
            for row in told[key]
            for column, value in row["entries"]
            if column == uid
        ]
        if given:
            fields[f"{label} on others"] = _pairs(given)
        if got:
            fields[f"{label} by others"] = _pairs(got)
    run.out.record(fields)


def _pairs(pairs: Any) -> str:
    return ", ".join(f"{uid}: {value:.4f}" for uid, value in pairs)
