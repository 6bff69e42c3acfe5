"""``taokit weights``: a validator's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from taokit.cli.tree import group

if TYPE_CHECKING:
    from taokit.chain_client.weight_commits import Committed
    from taokit.cli.context import Run

_GIVEN = ("uids", "weights", "salt")


def _commands() -> typer.Typer:
    from taokit.chain_client.reads import get_read
    from taokit.cli.operation_commands import operations_of
    from taokit.cli.read_commands import add_read

    commands = operations_of(
        "weights",
        examples={
            "set": [
                "taokit weights set --netuid 1 --uids 1,2 --weights 0.6,0.4 -w vali",
                """echo '{"1": 0.6, "2": 0.4}' | taokit weights set -n 1 --weights - -w vali""",
            ],
            "commit": ["taokit weights commit --netuid 1 --uids 1,2 --weights 0.6,0.4 -w vali"],
            "reveal": [
                "taokit weights reveal --netuid 1 -w vali",
                "taokit weights reveal -n 1 --uids 1,2 --weights 3,2 --salt 7,1,9,4 -w vali",
            ],
        },
        next_steps={
            "set": "taokit weights show {netuid}",
            "commit": "taokit weights reveal --netuid {netuid}{wallet}",
        },
        completed={"reveal": _kept},
    )
    add_read(commands, "show", get_read("weights"), path="taokit weights show")
    return commands


app = group(more=_commands)


def _kept(run: Run, given: dict[str, Any]) -> dict[str, Any]:
    """The values of a reveal: with those that were kept when the commit was made."""
    from taokit.cli.errors import UsageError
    from taokit.cli.kept_weights import commit_files
    from taokit.cli.signing import signing_key

    if any(name in given for name in _GIVEN) or given.get("netuid") is None:
        return given
    hotkey = signing_key(run, "hotkey").signer.ss58_address
    netuid, mechanism = int(given["netuid"]), int(given.get("mechanism") or 0)
    files = commit_files(run)
    kept = files.read(hotkey, netuid, mechanism)
    due = run.ask(lambda chain: _due(chain, hotkey, netuid, mechanism, kept))
    if due is None:
        raise UsageError(
            f"nothing that was committed here waits to be revealed in subnet {netuid}",
            hint="give --uids, --weights and --salt of a commit made elsewhere",
        )
    return {
        **given,
        "uids": list(due.uids),
        "weights": list(due.weights),
        "salt": list(due.salt),
        "version_key": due.version_key,
    }


async def _due(
    chain: Any, hotkey: str, netuid: int, mechanism: int, kept: list[Committed]
) -> Committed | None:
    """The kept commit that the chain holds: the one to reveal now, or else the next."""
    from taokit.chain_client.operations.weight_checks import reveal_wait
    from taokit.chain_client.weight_commits import storage_index

    index = storage_index(netuid, mechanism)
    commits = await chain.query("SubtensorModule", "WeightCommits", index, hotkey) or ()
    by_hash = {one.hash_for(hotkey): one for one in kept}
    waiting = []
    for commit in commits:
        known = by_hash.get(bytes(commit[0]))
        wait = await reveal_wait(chain, netuid, commit[1])
        if known is not None and wait is not None:
            waiting.append((wait, -int(commit[2]), known))
    # Of several of one epoch the last made counts: revealing it drops those before.
    return min(waiting, key=lambda one: one[:2])[2] if waiting else None
