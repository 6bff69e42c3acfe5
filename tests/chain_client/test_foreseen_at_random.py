"""Operations with values drawn by lot: what is foreseen of each is what the chain then answers.

The draws are the same every time. Long: TAOKIT_LONG_TESTS=1 runs it.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from operation_stage import Stage, a_stage, key, ss58

from taokit.chain_client import Call
from taokit.chain_client.errors import DispatchFailed, InsufficientBalance, NotFound, PoolRejected
from taokit.chain_client.operations import Entry, all_operations
from taokit.chain_client.parameters import Parameter
from taokit.wallet.errors import TaokitError

COLDKEYS = ["owner", "owner2", "a", "b", "poor"]
HOTKEYS = [f"{name}/hot" for name in COLDKEYS]
KINDS: dict[str, list[Any]] = {
    "alpha": ["0.0000001", "0.001", "0.0021", "1", "5", "500", "100000"],
    "boolean": [True, False],
    "fraction": ["1%", "5%", "9%", "18%", "50%"],
    "fractions": ["0.1", "0.1,0.2", "0.5,0.6", "0.3,0.3,0.3"],
    "integer": [0, 1, 2, 3, 4, 50, 100, 400],
    "netuids": ["2", "2,3", "0"],
    "price": ["0.0001", "0.9", "1.1", "5", "1000"],
    "tao": ["0.0000001", "0.001", "0.0021", "1", "5", "500", "100000"],
    "uids": ["0", "0,1", "1,2", "0,1,2,3", "9"],
    "value": ["1", "10", "360", "100", "50%", "0.1", "true", "300"],
    "weights": ["1", "1,2", "1,1,1,1"],
}
NAMES: dict[str, list[Any]] = {
    "call_hash": ["0x" + "00" * 32],
    "claim_type": ["swap", "keep"],
    "dest_netuid": [0, 2, 2, 3],
    "how": ["auto"],
    "ip": ["1.2.3.4", "127.0.0.1", "::1", "255.255.255.255"],
    "mode": ["perpetual", "decaying"],
    "origin_netuid": [0, 2, 2, 3],
    "param": [
        "tempo", "immunity_period", "max_allowed_uids", "min_burn", "max_burn", "min_childkey_take",
        "liquid_alpha_enabled", "commit_reveal_period", "serving_rate_limit", "activity_cutoff",
        "bonds_moving_avg", "mechanism_count", "owner_immune_neuron_limit", "transfers_enabled",
    ],
    "proxy_type": ["Any", "Staking", "Transfer", "Owner"],
    "symbol": ["α", "β", "ᚱ", "zz"],
}  # fmt: skip
# What takes more than lots (files, calls in calls, signatures), and what empties a pool for good.
LEFT_OUT = ("tx.", "multisig.", "order.", "sudo.call", "wallet.swap-coldkey", "wallet.associate",
            "wallet.transfer-all", "proxy.announce", "proxy.execute", "axon.certificate",
            "weights.commit", "weights.reveal", "commitment.", "subnets.dissolve", "crowd.create",
            "subnets.mechanisms.split", "stake.add-all")  # fmt: skip
# The chain does nothing for a fee there, and calls that success.
IDLE = {"stake.burn", "stake.recycle", "stake.unstake-all"}


def drawn(lot: Random, parameter: Parameter, netuid: int) -> Any:
    """A value for the field."""
    if parameter.name in NAMES:
        return lot.choice(NAMES[parameter.name])
    if parameter.kind == "netuid":
        return netuid
    if parameter.kind == "hotkey":
        return ss58(lot.choice([*HOTKEYS, *HOTKEYS, "nobody"]))
    if parameter.kind in ("account", "coldkey"):
        return ss58(lot.choice([*COLDKEYS, *COLDKEYS, "nobody"]))
    if parameter.kind == "accounts":
        return [ss58(name) for name in lot.sample([*COLDKEYS, *HOTKEYS], lot.choice([1, 2, 3]))]
    return lot.choice(KINDS.get(parameter.kind, ["a", "hello"]))


def answered(stage: Stage, operation: Any, signer: str) -> str | None:
    """The chain's name for its refusal, or the pool's reason; None if it did it."""
    try:
        stage.send(operation, key(signer)).raise_for_failure()
    except PoolRejected as refused:
        return refused.name or refused.reason
    except DispatchFailed as refused:
        return refused.name
    return None


def unlike(stage: Stage, entry: Entry, lot: Random) -> str | None:
    """How the plan of one draw differs from what came of it; None where it does not."""
    netuid = lot.choice([2, 2, 2, 3, 0])
    wanted = [one for one in entry.parameters if one.required or lot.random() < 0.4]
    values = {one.name: drawn(lot, one, netuid) for one in wanted}
    signer = lot.choice(COLDKEYS if entry.signer == "coldkey" else HOTKEYS)
    try:
        operation = entry.build(values)
        plan = stage.plan(operation, key(signer))
    except TaokitError:
        return None  # values that do not go together
    problem, name = plan.problem, answered(stage, plan.operation, signer)
    if isinstance(problem, (InsufficientBalance, NotFound)):
        return None if name else f"{signer}: {operation} was done, in spite of {problem}"
    foreseen = getattr(problem, "name", None) or getattr(problem, "reason", None)
    if foreseen == name or (entry.name in IDLE and name is None):
        return None
    if (foreseen, name) == ("RequireSudo", "bad_signer"):
        return None  # the pool's word for it
    return f"{signer}: {operation} was foreseen as {foreseen}, and is {name}"


@pytest.mark.skipif(not os.environ.get("TAOKIT_LONG_TESTS"), reason="long")
@pytest.mark.parametrize("seed", range(4))
def test_what_is_foreseen_is_what_happens(seed: int) -> None:
    lot = Random(seed)
    entries = [entry for name, entry in all_operations().items() if not name.startswith(LEFT_OUT)]
    with a_stage() as stage:
        assert (stage.subnet("owner"), stage.subnet("owner2", start=False)) == (2, 3)
        for name in ("a", "b"):
            stage.register(2, name)
        found = []
        for turn in range(300):
            if turn % 5 == 0:
                for name in (*COLDKEYS, *HOTKEYS):
                    stage.fund(name, 10**9 if name == "poor" else 10**12)
            if turn == 0:
                for name in ("a", "b", "owner"):
                    args = {"hotkey": ss58(f"{name}/hot"), "netuid": 2, "amount_staked": 5 * 10**10}
                    stage.send(Call("SubtensorModule", "add_stake", args), key(name))
            found.append(unlike(stage, lot.choice(entries), lot))
    assert not [one for one in found if one]
