"""What development operations need of a runtime beyond its rules.

Owns the protocol, so that a node stays one over any runtime. Does not own an implementation: the
Subtensor runtime's is `local_chain.dev_powers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from taokit.local_chain.node.runtime_protocol import Changes

if TYPE_CHECKING:
    from taokit.local_chain.switches import Switches

__all__ = ["Halving", "Powers", "Registered"]


@dataclass(frozen=True)
class Halving:
    """What going to a halving set: the issuance that decides, and a block's emission. In rao."""

    issuance_before: int
    issuance: int
    emission_before: int
    emission: int


@dataclass(frozen=True)
class Registered:
    """A neuron that was registered out of nothing. The URIs are of development keys."""

    uid: int
    hotkey: str
    coldkey: str
    hotkey_uri: str
    coldkey_uri: str


class Powers(Protocol):
    """Changes of the unsealed state; each is made whole or raises `LocalChainError`."""

    switches: Switches

    def fund(self, account: bytes, rao: int) -> None:
        """Give an account that many rao out of nothing."""

    def set_balance(self, account: bytes, rao: int) -> None:
        """Make that the account's free balance; what is reserved stays."""

    def grant(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
        """Give a staker stake out of nothing."""

    def set_stake(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
        """Make that the staker's stake."""

    def register(self, netuid: int, count: int, rao: int) -> list[Registered]:
        """Seat new neurons of new development keys, whose coldkeys hold that many rao."""

    def typed_changes(self, values: Mapping[str, Any]) -> Changes:
        """Raw changes of `{pallet: {item: value or [[keys, value], ...]}}`."""

    def unsigned(self, account: bytes, call: bytes) -> bytes:
        """An extrinsic of the account with its next nonce, and nobody's signature."""

    def outcome(self, block: int, index: int) -> str | None:
        """Why the extrinsic at this place of a block failed; None if it did not."""

    def halve(self) -> Halving:
        """Bring the issuance to where a block's emission is halved next."""
