"""Operations that take everything off a hotkey, in all subnets at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from taokit.chain_client.calls import Call
from taokit.chain_client.money import Tao
from taokit.chain_client.operations.base import Effect, Operation
from taokit.chain_client.operations.refusals import NOBODY, nothing_staked, unknown_hotkey
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.parameters import Arg, Hotkey

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.reads.stake import StakePosition
    from taokit.wallet.errors import TaokitError

__all__ = ["UnstakeAll", "UnstakeAllAlpha"]

_NO_LIMIT = "no price limit holds for this: unstaking subnet by subnet takes one"


class _Everywhere(Operation):
    hotkey: str
    with_root: bool

    async def _positions(self, chain: ChainClient, signer: str) -> tuple[StakePosition, ...]:
        """What goes; a subnet with a lock on any of it keeps all (``can_remove_stake``)."""
        return (await self._parted(chain, signer))[0]

    async def _parted(
        self, chain: ChainClient, signer: str
    ) -> tuple[tuple[StakePosition, ...], tuple[StakePosition, ...]]:
        from taokit.chain_client.reads.availability import stake_availability
        from taokit.chain_client.reads.stake import stake

        positions, free = await asyncio.gather(
            stake(chain, signer), stake_availability(chain, signer)
        )
        found = [
            position
            for position in positions
            if position.hotkey == self.hotkey
            and position.stake.rao
            and (position.netuid or self.with_root)
        ]
        left = {at.netuid: at.available for at in free}
        kept = [at for at in found if at.stake > left.get(at.netuid, at.stake)]
        return tuple(at for at in found if at not in kept), tuple(kept)

    async def _fetched(
        self, chain: ChainClient, positions: tuple[StakePosition, ...]
    ) -> tuple[Tao, ...]:
        from taokit.chain_client.reads.stake import quote

        quotes = await asyncio.gather(
            *(quote(chain, position.netuid, position.stake) for position in positions)
        )
        return tuple(Tao(found.receives.rao) for found in quotes)

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        _, kept = await self._parted(chain, signer)
        stays = (f"{at.stake} stays: locks hold stake in subnet {at.netuid}" for at in kept)
        return (_NO_LIMIT, *stays)

    async def _ground(self, chain: ChainClient, signer: str) -> TaokitError | None:
        owner, positions = await asyncio.gather(
            chain.query("SubtensorModule", "Owner", self.hotkey), self._positions(chain, signer)
        )
        if owner == NOBODY:
            return unknown_hotkey(self.hotkey)
        return None if positions else nothing_staked(_nothing(signer, self.hotkey))


@operation("stake.unstake-all", signer="coldkey")
@dataclass(frozen=True)
class UnstakeAll(_Everywhere):
    """Unstake everything from a hotkey in every subnet; TAO comes back.

    What a subnet does not let go, because it is locked or worth too little, stays there.
    """

    with_root = True
    hotkey: Annotated[Hotkey, Arg("The hotkey to unstake from.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "unstake_all", {"hotkey": self.hotkey})

    def summary(self) -> str:
        return f"unstake everything from {self.hotkey} in every subnet"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.balances import balance

        held, positions = await asyncio.gather(
            balance(chain, signer), self._positions(chain, signer)
        )
        fetched = await self._fetched(chain, positions)
        total = sum((amount.rao for amount in fetched), 0)
        return (
            *(
                Effect(f"stake in subnet {at.netuid}", at.stake, at.stake - at.stake)
                for at in positions
            ),
            Effect(f"balance of {signer}", held.free, held.free + Tao(total)),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        # The chain would do nothing then, for a fee.
        return await self._ground(chain, signer)


@operation("stake.unstake-all-alpha", signer="coldkey")
@dataclass(frozen=True)
class UnstakeAllAlpha(_Everywhere):
    """Unstake all alpha from a hotkey, and stake the TAO on subnet 0 with the same hotkey."""

    with_root = False
    hotkey: Annotated[Hotkey, Arg("The hotkey to unstake from.")]

    def call(self) -> Call:
        return Call("SubtensorModule", "unstake_all_alpha", {"hotkey": self.hotkey})

    def summary(self) -> str:
        return f"sell all alpha on {self.hotkey} and stake the TAO in subnet 0"

    async def effects(self, chain: ChainClient, signer: str) -> tuple[Effect, ...]:
        from taokit.chain_client.reads.stake import stake_at

        root, positions = await asyncio.gather(
            stake_at(chain, signer, self.hotkey, 0), self._positions(chain, signer)
        )
        fetched = await self._fetched(chain, positions)
        total = sum((amount.rao for amount in fetched), 0)
        return (
            *(
                Effect(f"stake in subnet {at.netuid}", at.stake, at.stake - at.stake)
                for at in positions
            ),
            Effect("stake in subnet 0", root, type(root)(root.rao + total, 0)),
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        found = await self._ground(chain, signer)
        if found is not None:
            return found
        fetched = await self._fetched(chain, await self._positions(chain, signer))
        if any(fetched):
            return None
        return nothing_staked(f"what {signer} has staked there comes to nothing")


def _nothing(signer: str, hotkey: str) -> str:
    return f"{signer} has nothing staked on {hotkey} that this would take"
