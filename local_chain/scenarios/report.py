"""What came of a scenario: figures of every group after every epoch, and what was expected.

Owns the figures and how an expectation is held to them. Does not own how it is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from taokit.local_chain.pallets.subtensor.block_emission import emission_for_issuance
from taokit.local_chain.scenarios.cast import Cast, Stage
from taokit.local_chain.scenarios.model import Expectation, Scenario

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

__all__ = ["Figures", "GroupFigures", "Outcome", "Refusal", "Report", "figures_of"]

RAO = 1_000_000_000


@dataclass(frozen=True)
class GroupFigures:
    """A group after an epoch; shares are of the whole subnet, and 0 where there is nothing."""

    neurons: int
    """How many of it have a neuron."""
    incentive: float
    dividends: float
    stake: float
    """Shares of them all."""
    emission: float
    """Alpha that the epoch paid."""
    trust: float
    """Validator trust, the average."""

    @property
    def return_(self) -> float:
        """Share of dividends for a share of stake: 1 is the average, 0 without any stake."""
        return self.dividends / self.stake if self.stake else 0.0

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "neurons": self.neurons,
            "incentive": self.incentive,
            "dividends": self.dividends,
            "stake": self.stake,
            "return": self.return_,
            "emission": self.emission,
            "trust": self.trust,
        }


@dataclass(frozen=True)
class Figures:
    """A subnet after an epoch."""

    subnet: str
    epoch: int
    block: int
    price: float
    issued: float
    """TAO that a block of the chain issues."""
    neurons: int
    burn: float
    """TAO that registering a neuron costs."""
    groups: dict[str, GroupFigures]

    def metric(self, name: str, group: str) -> float:
        """One of them. A group is needed but for price, issued, burn and neurons."""
        if name in ("price", "issued", "burn") or (name == "neurons" and not group):
            return float(getattr(self, name))
        found = self.groups.get(group)
        return float(getattr(found, "return_" if name == "return" else name)) if found else 0.0

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "subnet": self.subnet,
            "epoch": self.epoch,
            "block": self.block,
            "price": self.price,
            "issued": self.issued,
            "neurons": self.neurons,
            "burn": self.burn,
            "groups": {name: group.document() for name, group in self.groups.items()},
        }


@dataclass(frozen=True)
class Refusal:
    """Something that somebody tried and that was refused."""

    block: int
    who: str
    what: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """An expectation and what came."""

    says: str
    holds: bool
    found: float
    wanted: str


@dataclass
class Report:
    """Everything that was seen."""

    scenario: Scenario
    figures: list[Figures] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def at(self, subnet: str = "", epoch: int = 0) -> Figures:
        """A subnet after an epoch; the first subnet, and its last epoch, if not said."""
        name = subnet or next(iter(self.scenario.subnet_names()))
        found = [one for one in self.figures if one.subnet == name and epoch in (0, one.epoch)]
        if not found:
            raise LookupError(f"subnet {name} has no figures of epoch {epoch or 'any'}")
        return found[-1]

    def forget_after(self, block: int) -> None:
        """The chain went back."""
        self.figures = [one for one in self.figures if one.block <= block]
        self.refusals = [one for one in self.refusals if one.block <= block]

    def outcomes(self) -> list[Outcome]:
        """Every expectation with what came; those of epochs that have not been are left out."""
        return list(self._outcomes())

    def _outcomes(self) -> Iterator[Outcome]:
        for wanted in self.scenario.expect:
            try:
                yield self._outcome(wanted)
            except LookupError:
                continue

    def _outcome(self, wanted: Expectation) -> Outcome:
        epoch = wanted.epoch or self.scenario.epochs
        found = self.at(wanted.subnet, epoch).metric(wanted.metric, wanted.of)
        bound = wanted.value
        if wanted.compares:
            other = self.at(wanted.than_subnet or wanted.subnet, wanted.than_epoch or epoch)
            bound = wanted.times * other.metric(wanted.metric, wanted.than or wanted.of)
        holds = {
            "above": found > bound,
            "below": found < bound,
            "near": abs(found - bound) <= wanted.within * abs(bound),
        }[wanted.is_]
        return Outcome(wanted.says, holds, found, f"{wanted.is_} {bound:.4g}")

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "title": self.scenario.title,
            "figures": [one.document() for one in self.figures],
            "refusals": [vars(one) for one in self.refusals],
            "expected": [vars(one) for one in self.outcomes()],
        }


def figures_of(runtime: Runtime, cast: Cast, stage: Stage, epoch: int, block: int) -> Figures:
    """A subnet as it is now."""
    sub, netuid = runtime.subtensor, stage.netuid
    incentive, dividends = sub.incentive.get(netuid), sub.dividends.get(netuid)
    emission, trust = sub.emission.get(netuid), sub.validator_trust.get(netuid)
    stakes = {
        seat.name: sub.total_hotkey_alpha.get((seat.hotkey.public_key, netuid))
        for seat in stage.validators
    }
    staked = sum(stakes.values())
    if stage.plan.netuid:  # others validate there, too
        hotkeys = sub.keys.values((netuid,))
        permits = sub.validator_permit.get(netuid)
        stake = sub.total_hotkey_alpha.get
        staked = sum(stake((key, netuid)) for key, may in zip(hotkeys, permits) if may)
    whole = (sum(incentive) or 1, sum(dividends) or 1, staked or 1)
    groups = {}
    for name in stage.groups:
        members = stage.of(name)
        found = [sub.uids.get((netuid, seat.hotkey.public_key)) for seat in members]
        uids = [uid for uid in found if uid is not None]
        groups[name] = GroupFigures(
            neurons=len(uids),
            incentive=sum(incentive[uid] for uid in uids) / whole[0],
            dividends=sum(dividends[uid] for uid in uids) / whole[1],
            stake=sum(stakes.get(seat.name, 0) for seat in members) / whole[2],
            emission=sum(emission[uid] for uid in uids) / RAO,
            trust=sum(trust[uid] for uid in uids) / 65_535 / max(len(uids), 1),
        )
    return Figures(
        stage.name,
        epoch,
        block,
        price=runtime.swap.price(netuid) / (1 << 64),
        issued=emission_for_issuance(sub.total_issuance.get()) / RAO,
        neurons=sub.subnetwork_n.get(netuid),
        burn=sub.burn.get(netuid) / RAO,
        groups=groups,
    )
