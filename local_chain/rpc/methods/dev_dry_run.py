"""`dev_dryRun`: what an extrinsic would do. Nothing changes.

It takes and answers what chopsticks' method of that name does, and more. Messages of other chains
(XCM) are refused by name: a Subtensor chain takes none.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from taokit.local_chain.rpc.errors import RpcError, invalid_params
from taokit.local_chain.rpc.methods.dev_snapshots import Place, number_of
from taokit.local_chain.rpc.params import AccountAddress, decoder_for, read_hex
from taokit.local_chain.rpc.registry import Json, Node, method

if TYPE_CHECKING:
    from taokit.local_chain.insight.tracing import Trial
    from taokit.local_chain.insight.typed import Change

REFUSED = 1
"""Chopsticks' code for an extrinsic that would not be included."""

MESSAGES = {"hrmp": "from other parachains", "dmp": "from a relay chain", "ump": "to a relay chain"}

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #8886; padding: .4rem; text-align: left; vertical-align: top; }}
td {{ font-family: ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }}
del {{ color: #b3261e; text-decoration: none; }}
ins {{ color: #146c2e; text-decoration: none; }}
@media (prefers-color-scheme: dark) {{ del {{ color: #f2b8b5; }} ins {{ color: #7ddc94; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{said}</p>
<table>
<thead><tr><th>Storage</th><th>Before</th><th>After</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""
ROW = "<tr><td>{entry}</td><td><del>{before}</del></td><td><ins>{after}</ins></td></tr>"


@dataclass(frozen=True)
class Attempt:
    """What to try: the bytes of an extrinsic, or a call and who would sign it."""

    extrinsic: bytes | None
    call: bytes
    account: bytes
    at: Place | None
    raw: bool
    html: bool

    @classmethod
    def from_json(cls, value: Any) -> Attempt:
        """Read `{"extrinsic": hex | {"call": hex, "address": address}, "at"?, "raw"?, "html"?}`."""
        if not isinstance(value, dict):
            raise invalid_params("expected an object with an extrinsic")
        given = {name: part for name, part in value.items() if part is not None}
        for name, what in MESSAGES.items():
            if name in given:
                raise invalid_params(
                    f"{name}: messages {what} do not exist here: this chain is no parachain."
                    " Try an extrinsic"
                )
        unknown = set(given) - {"extrinsic", "at", "raw", "html"}
        if unknown:
            raise invalid_params(f"{sorted(unknown)[0]} is not offered here")
        if "extrinsic" not in given:
            raise invalid_params("expected an object with an extrinsic")
        extrinsic, at = given["extrinsic"], given.get("at")
        place = None if at is None else Place.from_json(at)
        raw, html = given.get("raw") is True, given.get("html") is True
        if not isinstance(extrinsic, dict):
            return cls(read_hex(extrinsic), b"", b"", place, raw, html)
        if set(extrinsic) != {"call", "address"}:
            raise invalid_params("an extrinsic is its bytes, or a call and an address")
        account: bytes = decoder_for(AccountAddress)(extrinsic["address"])
        return cls(None, read_hex(extrinsic["call"]), account, place, raw, html)


@method("dev_dryRun", cheat="insight")
def try_extrinsic(node: Node, attempt: Attempt) -> Json:
    """What an extrinsic would do in the next block. Without a signature where a call is given.

    Of what it would change: `old`, `new` and `delta` by pallet, item and key, `changes` one by one;
    with `raw` the pairs of keys and values alone, with `html` a page that shows them.
    """
    from taokit.local_chain.insight.tracing import dry_run

    at = None if attempt.at is None else number_of(node, attempt.at)
    trial = dry_run(
        node.chain, attempt.extrinsic, call=attempt.call, account=attempt.account, at=at
    )
    if (attempt.raw or attempt.html) and trial.invalid is not None:
        raise RpcError(REFUSED, f"the extrinsic would be refused: {trial.invalid['kind']}")
    if attempt.html:
        return as_page(trial)
    if attempt.raw:
        return [[key, value] for key, value in trial.raw_changes]
    told = asdict(trial)
    del told["raw_changes"]
    old, new, delta = _by_name(trial.changes)
    return {"old": old, "new": new, "delta": delta, **told}


def _by_name(changes: list[Change]) -> tuple[Json, Json, Json]:
    """Values before and after by pallet, item and key, in camel case, as chopsticks tells them.

    The third has what is different of them, in the form of jsondiffpatch.
    """
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    delta: dict[str, Any] = {}
    for change in changes:
        if change.pallet is None or change.item is None:
            path = [change.raw_key]
        else:
            path = [_camel(change.pallet), _camel(change.item), *map(str, change.key)]
        different = _different(change.before, change.after)
        for told, value in ((old, change.before), (new, change.after), (delta, different)):
            place = told
            for name in path[:-1]:
                place = place.setdefault(name, {})
            place[path[-1]] = value
    return old, new, delta


def _different(before: Any, after: Any) -> Any:
    """What jsondiffpatch calls a delta; a list that is not the same is another value to it."""
    if before is None:
        return [after]
    if after is None:
        return [before, 0, 0]
    if isinstance(before, dict) and isinstance(after, dict):
        return {
            name: _different(before.get(name), after.get(name))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        }
    return [before, after]


def as_page(trial: Trial) -> str:
    """A page in HTML, whole in itself, that shows what would change."""
    call = trial.call
    title = "An extrinsic" if call is None else f"{call.pallet}.{call.name}"
    outcome = "would fail: " + trial.error["name"] if trial.error else "would succeed"
    rows = [
        ROW.format(
            entry=escape(_entry(change)), before=_shown(change.before), after=_shown(change.after)
        )
        for change in trial.changes
    ]
    said = f"In block {trial.block} it {outcome}, for a fee of {trial.fee} rao."
    return PAGE.format(title=escape(title), said=escape(said), rows="\n".join(rows))


def _entry(change: Change) -> str:
    if change.pallet is None:
        return change.raw_key
    return f"{change.pallet}.{change.item} {' '.join(map(str, change.key))}".rstrip()


def _shown(value: Any) -> str:
    return "" if value is None else escape(json.dumps(value, indent=1))


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
