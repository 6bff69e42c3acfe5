"""One epoch of a subnet, every stage of it, as data.

Owns the shapes. Shares of one are floats of the runtime's 32 fraction bits; amounts are rao of the
subnet's alpha. A matrix has one row per validator that has entries: its uid, and the entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taokit.local_chain.insight.typed import Unlike

__all__ = [
    "EmissionSplit",
    "EpochExplained",
    "MatrixRow",
    "MinerPaid",
    "NeuronExplained",
    "Rules",
    "ValidatorPaid",
]


@dataclass(frozen=True)
class Rules:
    """The hyperparameters that the epoch ran under. Shares of one, but for blocks and flags."""

    tempo: int
    activity_cutoff: int
    kappa: float
    bonds_penalty: float
    bonds_moving_average: float
    yuma: int
    """2 or 3."""
    liquid_alpha: bool
    alpha_low: float
    alpha_high: float
    alpha_sigmoid_steepness: float
    commit_reveal: bool
    stake_threshold: int
    max_validators: int
    bonds_from_block: int
    """Bonds on neurons registered in this block or later are dropped."""


@dataclass(frozen=True)
class MatrixRow:
    """One validator's entries: uid and value."""

    uid: int
    entries: list[tuple[int, float]]


@dataclass(frozen=True)
class NeuronExplained:
    """One neuron in the order of the stages. ``rank`` is what incentive is made from; ``trust`` is
    what clipping left of it.
    """

    uid: int
    hotkey: str
    coldkey: str
    last_update: int
    registered_at: int
    permit: bool
    """Whether its weights counted: the permit before this epoch."""
    new_permit: bool
    active: bool
    alpha_and_tao: int
    """The stake that counts for it, in rao: alpha, and TAO by its weight."""
    stake: float
    active_stake: float
    consensus: float
    rank: float
    trust: float
    incentive: float
    validator_trust: float
    dividends: float
    miner_emission: int
    validator_emission: int
    """Before it is divided by dividends among stakers, parents and root."""


@dataclass(frozen=True)
class MinerPaid:
    """A miner's incentive: where it was staked, or that it was burned or recycled."""

    uid: int | None
    hotkey: str
    amount: int
    fate: str
    destination: str | None


@dataclass(frozen=True)
class ValidatorPaid:
    """Dividends of one hotkey: what its owner took, and what went to those who stake with it."""

    uid: int | None
    hotkey: str
    take: int
    stakers: int


@dataclass(frozen=True)
class EmissionSplit:
    """What had waited for the epoch, and where it went. All mechanisms together."""

    miners_pending: int
    validators_pending: int
    root_pending: int
    owner_cut: int
    owner: str | None
    """The hotkey to which the owner's cut was staked; None if there is nobody to get it."""
    miners: list[MinerPaid]
    validators: list[ValidatorPaid]
    root: list[ValidatorPaid]
    """Of root's part; what stakers get waits to be claimed."""
    burned: int
    recycled: int
    total: int
    """Everything that had waited."""


@dataclass(frozen=True)
class EpochExplained:
    """The epoch of one mechanism of a subnet, in block ``block``.

    ``weights_set`` are the weights as they were stored, ``weights`` as used: of permitted
    validators, none on oneself, none set before the miner was registered, each row one in sum.
    ``bonds_before`` went into the average, ``bonds`` came out. ``stored`` is what the epoch wrote
    by storage item. ``faithful`` says that the block, run again, came to what the chain holds;
    ``unlike`` has the entries where it did not, and ``notes`` what may be the reason.
    """

    netuid: int
    mechanism: int
    mechanisms: int
    block: int
    block_hash: str
    mechanism_emission: int
    """What this mechanism had to divide."""
    rules: Rules
    neurons: list[NeuronExplained]
    weights_set: list[MatrixRow]
    weights: list[MatrixRow]
    clipped_weights: list[MatrixRow]
    weights_for_bonds: list[MatrixRow]
    bonds_before: list[MatrixRow]
    bonds: list[MatrixRow]
    emission: EmissionSplit
    stored: dict[str, Any]
    faithful: bool
    unlike: list[Unlike]
    notes: list[str]
