"""``--simulate``: what an operation would change, found out on a layer that is thrown away.

Owns where it is run: by the chain itself, if that is a local chain of ours, else here, on a fork of
the network in use. Nobody signs and nothing is sent. Does not own the trial
(`taokit.local_chain.insight`), nor the layout of what it tells (trial_tables.py).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from taokit.cli import trial_tables
from taokit.cli.connection import network_of

if TYPE_CHECKING:
    from taokit.chain_client.errors import ChainError
    from taokit.cli.context import Run
    from taokit.cli.preview import Preview

__all__ = ["simulate"]

_CHEAT_REFUSED = "cheat_refused"


def simulate(run: Run, preview: Preview) -> None:
    """Run the planned call, show what it would change, and raise what it would fail with."""
    plan = preview.plan
    call = "0x" + run.client.chain.encode_call(plan.call).hex()
    with run.out.phase("simulating"):
        told = _by_the_chain(run, call, plan.signer)
        where = "the chain itself"
        if told is None:
            told, where = _on_a_fork(run, call, plan.signer), "a fork"
    failed = _failure(run, told)
    if run.out.form == "json":
        document = {"simulated": True, "summary": preview.summary, "signer": plan.signer, **told}
        run.out.document({name: value for name, value in document.items() if name not in _RAW})
    else:
        _show(run, preview, told, where)
    if failed is not None:
        raise failed


_RAW = ("old", "new", "delta", "raw_changes", "reads", "writes", "index", "hash")


def _show(run: Run, preview: Preview, told: dict[str, Any], where: str) -> None:
    from taokit.chain_client.money import Alpha, Tao

    after = f"after block {told['block'] - 1} of {preview.network.name}, on {where}"
    run.out.note(f"{preview.summary}: simulated {after}; nothing was sent")
    if told["call"] is not None:
        trial_tables.show_calls(run, told["call"])
    trial_tables.show_changes(run, told["changes"], empty="nothing would change")
    fee = told["fee_in_alpha"]
    paid = Tao(told["fee"]) if fee is None else Alpha(fee["rao"], fee["netuid"])
    run.out.note(f"fee {run.out.money(paid)}")
    if run.out.verbosity and run.out.form == "human":
        trial_tables.show_events(run, told["events"])


# -- where ---------------------------------------------------------------------------------------


def _by_the_chain(run: Run, call: str, signer: str) -> dict[str, Any] | None:
    """What the chain tells; None if it does not do that."""
    from taokit.chain_client.errors import MethodUnavailable, RpcError

    params = [{"extrinsic": {"call": call, "address": signer}}]
    try:
        told: dict[str, Any] = run.ask(lambda chain: chain.transport.send("dev_dryRun", params))
    except MethodUnavailable:
        return None
    except RpcError as refused:
        if refused.detail == _CHEAT_REFUSED:
            return None
        raise
    return told if isinstance(told.get("changes"), list) else None  # a chopsticks tells otherwise


def _on_a_fork(run: Run, call: str, signer: str) -> dict[str, Any]:
    from dataclasses import asdict

    from taokit.chain_client.runtime_cache import cache_directory
    from taokit.local_chain.fork.errors import ForkError
    from taokit.local_chain.fork.forking import ForkPoint
    from taokit.local_chain.insight.tracing import dry_run
    from taokit.local_chain.local_node import LocalNode
    from taokit.local_chain.node_config import NodeConfig
    from taokit.wallet.ss58 import decode

    url = network_of(run).urls[0]
    config = NodeConfig(
        ports=(),
        block_time="manual",
        fork=ForkPoint(url),
        fork_cache=cache_directory() / "forks",
    )

    async def tried() -> dict[str, Any]:
        async with LocalNode(config) as node:
            raw = bytes.fromhex(call[2:])
            trial = dry_run(node.chain, call=raw, account=decode(signer))
            return asdict(trial)

    try:
        return asyncio.run(tried())
    except ForkError as refused:
        refused.hint = "--dry-run asks the network itself, and runs nothing"
        raise


# -- how it ended --------------------------------------------------------------------------------


def _failure(run: Run, told: dict[str, Any]) -> ChainError | None:
    """What sending it would end with; None if all would be well."""
    from taokit.chain_client.pool_rejection import invalid_transaction

    invalid = told["invalid"]
    if invalid is not None:
        custom = invalid["custom"]
        kind = invalid["kind"] if custom is None else {"Custom": custom}
        return invalid_transaction({"Invalid": kind})
    if told["error"] is not None:
        return _dispatch_failure(run, told["error"], None)
    found = _inner(told["call"], None) if told["call"] is not None else None
    return None if found is None else _dispatch_failure(run, *found)


def _inner(call: dict[str, Any], within: str | None) -> tuple[dict[str, Any], str | None] | None:
    """The innermost first failure, and the call that it was in."""
    for inner in call["inner"]:
        found = _inner(inner, f"{call['pallet']}.{call['name']}")
        if found is not None:
            return found
    return None if call["error"] is None else (call["error"], within)


def _dispatch_failure(run: Run, error: dict[str, Any], within: str | None) -> ChainError:
    from taokit.chain_client.dispatch_errors import dispatch_failure

    value = error["value"]
    if isinstance(value, dict) and "Module" in value:
        inner = value["Module"]
        raw = bytes.fromhex(inner["error"][2:])
        value = {"Module": {"index": inner["index"], "error": raw}}
    return dispatch_failure(run.client.runtime.metadata, value, within=within)
