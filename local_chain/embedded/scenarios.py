"""Subnets of a scenario as a program's own: with the keys of everybody on them.

Owns telling who of the scenario has which neuron now. Does not own the scenario (``scenarios``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taokit.local_chain.embedded.subnet import Neuron, Subnet
from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.runtime import Runtime

if TYPE_CHECKING:
    from taokit.local_chain.embedded.local_chain import LocalChain
    from taokit.local_chain.scenarios.cast import Seat, Stage

__all__ = ["subnet_of"]


def subnet_of(chain: LocalChain, name: str = "") -> Subnet:
    """The subnet of that name (the first, if not said), with those who have a neuron now."""
    cast = chain.scenario.cast
    if name and name not in cast.stages:
        known = ", ".join(cast.stages)
        raise LocalChainError(f"the scenario has no subnet {name!r}", hint=f"there are {known}")
    stage = cast.stage(name)
    return chain.do(lambda: _seen(chain, stage))


def _seen(chain: LocalChain, stage: Stage) -> Subnet:
    runtime = chain.node.chain.runtime_at()
    assert isinstance(runtime, Runtime)

    def seated(*roles: str) -> tuple[Neuron, ...]:
        found = ((_uid(runtime, stage, seat), seat) for seat in stage.seats if seat.role in roles)
        return tuple(
            Neuron(uid, seat.hotkey, seat.coldkey) for uid, seat in found if uid is not None
        )

    owner = seated("owner")[0]
    validators, miners = seated("validator"), seated("miner", "newcomer")
    return Subnet(chain, stage.netuid, owner, validators, miners)


def _uid(runtime: Runtime, stage: Stage, seat: Seat) -> int | None:
    return runtime.subtensor.uids.get((stage.netuid, seat.hotkey.public_key))
