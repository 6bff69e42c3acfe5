"""Operations: everything that can be done to the chain, one frozen dataclass each.

Owns the registry and the discovery of operations. An operation is a dataclass marked
``@operation``: its fields with units and help, the call it composes, who signs, what it will
change and how dangerous that is. The command, its options, ``--dry-run``, the JSON schema and the
entry in a script file are derived from it. Adding one is writing one class in any module of this
package: there is no list to extend.

Declaring one (``operations/staking.py``)::

    @operation("stake.add", signer="coldkey", danger="moderate")
    @dataclass(frozen=True)
    class AddStake(Operation):
        '''Stake TAO on a hotkey in a subnet.'''
        hotkey: Annotated[Hotkey, Arg("The hotkey to stake on.")]
        netuid: Annotated[NetUid, Arg("The subnet to stake in.")]
        amount: Annotated[Tao, Arg("How much TAO to stake.")]

        def call(self) -> Call:
            return Call("SubtensorModule", "add_stake",
                        {"hotkey": self.hotkey, "netuid": self.netuid,
                         "amount_staked": self.amount})

        def summary(self) -> str:
            return f"stake {self.amount} on {self.hotkey} in subnet {self.netuid}"

From Python::

    op = AddStake(hotkey="5F...", netuid=2, amount=Tao.parse("10"))
    receipt = await chain.submit(op, signer)             # waits for inclusion by default
    receipt.raise_for_failure()                          # DispatchFailed, typed
    receipt = client.submit(op, signer)                  # the same through blocking.Client

From a command or a program that works by name::

    from taokit.chain_client.operations import all_operations, get_operation
    for entry in all_operations().values():              # sorted by name
        entry.name            # "stake.add"  (group.verb)
        entry.help            # first line of the docstring
        entry.signer          # "coldkey" or "hotkey"
        entry.danger          # "mild", "moderate" or "severe"
        entry.parameters      # tuple[Parameter], as for reads
        entry.json_schema()
    op = get_operation("stake.add").build({"hotkey": "5F...", "netuid": 2, "amount": "10"})
    plan = await chain.plan(op, address_of_signer)       # nothing is signed or sent
    plan.operation    # with what only the chain knows filled in (limit price from a tolerance)
    plan.call         # Call(pallet, name, args); str() shows it
    plan.summary      # one sentence
    plan.effects      # tuple of Effect(what, before, after), where cheap to know
    plan.warnings     # tuple of sentences
    plan.fee          # Tao; None when it could not be asked
    plan.problem      # the typed error that the chain would refuse it with now, or None
    to_json(plan)

Anything else in the metadata needs no declaration: ``chain.submit(Call(pallet, name, args), ...)``.
"""

from __future__ import annotations

from taokit.chain_client.operations.base import Effect, Operation, Plan
from taokit.chain_client.operations.registry import (
    Danger,
    Entry,
    SignerKind,
    all_operations,
    get_operation,
    operation,
)

__all__ = [
    "Danger",
    "Effect",
    "Entry",
    "Operation",
    "Plan",
    "SignerKind",
    "all_operations",
    "get_operation",
    "operation",
]
