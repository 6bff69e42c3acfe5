"""Operations that set a validator's weights: openly, by salted hash, or under a timelock.

:func:`weights_from_scores` turns scores of any range into what they take.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any

from taokit.chain_client.calls import Call
from taokit.chain_client.errors import InvalidArgument
from taokit.chain_client.operations.base import Operation
from taokit.chain_client.operations.registry import operation
from taokit.chain_client.operations.weight_checks import (
    Way,
    cannot_reveal,
    cannot_set,
    dropped_later,
)
from taokit.chain_client.parameters import Arg, NetUid
from taokit.chain_client.weight_commits import Committed, new_salt

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.wallet.errors import TaokitError

__all__ = [
    "CommitTimelockedWeights",
    "CommitWeights",
    "RevealWeights",
    "SetWeights",
    "weights_from_scores",
]

_FULL = (1 << 16) - 1
_UIDS = Arg("The neurons, by uid.", kind="uids")
_WEIGHTS = Arg(
    "Their weights, in the same order: whole numbers (0 to 65535) as they are, or "
    "fractions (0.6,0.4), of which the largest becomes 65535 and each other "
    "weight / largest * 65535, rounded to the nearest, a half up.",
    kind="weights",
)
_VERSION = Arg("At least the subnet's weights_version; that if not given.")
_MECHANISM = Arg("The mechanism of the subnet.")
_WAYS = ("auto", "plain", "timelock", "hash")


class _Weights(Operation):
    """What all of these share: weights of one mechanism, by uid."""

    way: Way
    netuid: int
    uids: tuple[int, ...]
    weights: tuple[int, ...]
    version_key: int | None
    mechanism: int

    def __post_init__(self) -> None:
        if len(self.uids) != len(self.weights):
            raise InvalidArgument("weights", self.weights, f"{len(self.uids)} uids need as many")
        if len(set(self.uids)) != len(self.uids):
            raise InvalidArgument("uids", self.uids, "each uid once")
        for weight in self.weights:
            if not 0 <= weight <= _FULL:
                raise InvalidArgument("weights", weight, f"between 0 and {_FULL}")
        if not 0 <= self.mechanism < 16:
            raise InvalidArgument("mechanism", self.mechanism, "between 0 and 15")

    @property
    def _where(self) -> str:
        mechanism = f" (mechanism {self.mechanism})" if self.mechanism else ""
        return f"{len(self.uids)} neurons of subnet {self.netuid}{mechanism}"

    def _call(self, plain: str, mechanism: str, args: dict[str, Any]) -> Call:
        if not self.mechanism:
            return Call("SubtensorModule", plain, {"netuid": self.netuid, **args})
        named = {"netuid": self.netuid, "mecid": self.mechanism, **args}
        return Call("SubtensorModule", mechanism, named)

    async def _version(self, chain: ChainClient) -> int:
        if self.version_key is not None:
            return self.version_key
        return int(await chain.query("SubtensorModule", "WeightsVersionKey", self.netuid))

    async def warnings(self, chain: ChainClient, signer: str) -> tuple[str, ...]:
        return await dropped_later(
            chain, signer, self.way, self.netuid, self.uids, self.version_key
        )

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return await cannot_set(
            chain, signer, self.way, self.netuid, self.mechanism, self.uids, self.version_key
        )


@operation("weights.set", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class SetWeights(_Weights):
    """Set a validator's weights for the neurons of a subnet, in the way that the subnet wants.

    Openly, or, where it takes them by commit and reveal, under a timelock that the chain opens by
    itself. The chain normalises weights; what counts is their proportion.
    """

    way = Way.PLAIN
    netuid: Annotated[NetUid, Arg("The subnet.")]
    uids: Annotated[tuple[int, ...], _UIDS]
    weights: Annotated[tuple[int, ...], _WEIGHTS]
    version_key: Annotated[int | None, _VERSION] = None
    mechanism: Annotated[int, _MECHANISM] = 0
    how: Annotated[str, Arg("auto, plain, timelock or hash.")] = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.how not in _WAYS:
            raise InvalidArgument("how", self.how, ", ".join(_WAYS))

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        how = self.how
        if how == "auto":
            how = await self._wanted(chain)
        parts = (self.netuid, self.uids, self.weights, await self._version(chain), self.mechanism)
        if how == "timelock":
            return await CommitTimelockedWeights(*parts).prepared_for(chain, signer)
        if how == "hash":
            netuid, uids, weights, version, mechanism = parts
            committed = CommitWeights(netuid, uids, weights, (), version, mechanism)
            return await committed.prepared_for(chain, signer)
        return SetWeights(*parts, how="plain")

    async def _wanted(self, chain: ChainClient) -> str:
        by_commit, last_round = await chain.query_many(
            [
                ("SubtensorModule", "CommitRevealWeightsEnabled", self.netuid),
                ("Drand", "LastStoredRound"),
            ]
        )
        if not by_commit:
            return "plain"
        # A chain that no pulses reach opens no timelock.
        return "timelock" if last_round else "hash"

    def call(self) -> Call:
        args = {
            "dests": list(self.uids),
            "weights": list(self.weights),
            "version_key": self.version_key or 0,
        }
        return self._call("set_weights", "set_mechanism_weights", args)

    def summary(self) -> str:
        return f"set weights for {self._where}"


@operation("weights.commit", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class CommitWeights(_Weights):
    """Commit to weights by their salted hash; reveal them in a later epoch.

    Of commits that the chain opens by itself, see `taokit weights set`.
    """

    way = Way.HASH
    netuid: Annotated[NetUid, Arg("The subnet.")]
    uids: Annotated[tuple[int, ...], _UIDS]
    weights: Annotated[tuple[int, ...], _WEIGHTS]
    salt: Annotated[
        tuple[int, ...], Arg("Numbers (0 to 65535) that nobody can guess; made if not given.")
    ] = ()
    version_key: Annotated[int | None, _VERSION] = None
    mechanism: Annotated[int, _MECHANISM] = 0
    hotkey: str | None = field(default=None, init=False, repr=False)
    """Who signs, once that is known: the hash holds it."""

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        version = await self._version(chain)
        found = replace(self, salt=self.salt or new_salt(), version_key=version)
        object.__setattr__(found, "hotkey", signer)
        return found

    @property
    def committed(self) -> Committed:
        """What has to be kept until it is revealed."""
        return _committed(self)

    def call(self) -> Call:
        if self.hotkey is None or not self.salt:
            raise InvalidArgument("salt", self.salt, "prepare the operation for its signer first")
        args = {"commit_hash": self.committed.hash_for(self.hotkey)}
        return self._call("commit_weights", "commit_mechanism_weights", args)

    def summary(self) -> str:
        return f"commit to hidden weights for {self._where}, to be revealed later"


@operation("weights.commit-timelocked", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class CommitTimelockedWeights(_Weights):
    """Commit to weights under a timelock, which the chain opens by itself."""

    way = Way.TIMELOCK
    netuid: Annotated[NetUid, Arg("The subnet.")]
    uids: Annotated[tuple[int, ...], _UIDS]
    weights: Annotated[tuple[int, ...], _WEIGHTS]
    version_key: Annotated[int | None, _VERSION] = None
    mechanism: Annotated[int, _MECHANISM] = 0
    sealed: Call | None = field(default=None, init=False, repr=False)
    revealed_in: int | None = field(default=None, init=False, repr=False)

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        if self.sealed is not None:
            return self
        version = await self._version(chain)
        lock = await chain.weights_timelock(self.netuid)
        found = replace(self, version_key=version)
        call = lock.commit(
            signer, self.uids, self.weights, version_key=version, mechanism=self.mechanism
        )
        object.__setattr__(found, "sealed", call)
        object.__setattr__(found, "revealed_in", lock.reveal_block)
        return found

    def call(self) -> Call:
        if self.sealed is None:
            raise InvalidArgument(
                "netuid", self.netuid, "prepare the operation for its signer first"
            )
        return self.sealed

    def summary(self) -> str:
        when = (
            ""
            if self.revealed_in is None
            else f", which the chain opens in block {self.revealed_in}"
        )
        return f"commit to hidden weights for {self._where}{when}"


@operation("weights.reveal", signer="hotkey", danger="mild")
@dataclass(frozen=True)
class RevealWeights(_Weights):
    """Reveal weights that were committed by their salted hash, in the one epoch for that."""

    way = Way.REVEAL
    netuid: Annotated[NetUid, Arg("The subnet.")]
    uids: Annotated[tuple[int, ...], _UIDS]
    weights: Annotated[tuple[int, ...], _WEIGHTS]
    salt: Annotated[tuple[int, ...], Arg("The salt of the commit.")]
    version_key: Annotated[int | None, _VERSION] = None
    mechanism: Annotated[int, _MECHANISM] = 0

    async def prepared_for(self, chain: ChainClient, signer: str) -> Operation:
        return replace(self, version_key=await self._version(chain))

    def call(self) -> Call:
        args = {
            "uids": list(self.uids),
            "values": list(self.weights),
            "salt": list(self.salt),
            "version_key": self.version_key or 0,
        }
        return self._call("reveal_weights", "reveal_mechanism_weights", args)

    def summary(self) -> str:
        return f"reveal the committed weights for {self._where}"

    async def problem(self, chain: ChainClient, signer: str) -> TaokitError | None:
        return await cannot_reveal(chain, signer, _committed(self)) or await super().problem(
            chain, signer
        )


def _committed(of: CommitWeights | RevealWeights) -> Committed:
    return Committed(of.netuid, of.mechanism, of.uids, of.weights, of.salt, of.version_key or 0)


def weights_from_scores(scores: dict[int, float]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(uids, weights) in the proportion of ``scores``, the largest at 65535, zeros left out.

    Scores are no money: floats are fine. Raises :class:`InvalidArgument` for a score that is
    negative or no number.
    """
    for uid, score in scores.items():
        if not 0 <= score < float("inf"):
            raise InvalidArgument("scores", score, f"of uid {uid}: a finite number from 0")
    highest = max(scores.values(), default=0)
    if not highest:
        return (), ()
    scaled = {uid: round(score / highest * _FULL) for uid, score in sorted(scores.items())}
    kept = {uid: weight for uid, weight in scaled.items() if weight}
    return tuple(kept), tuple(kept.values())
