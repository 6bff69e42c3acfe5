"""Who is who in a scenario: names, groups and keys.

Owns which keys everybody has. They follow from the names, so that a client can use them, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from taokit.local_chain.scenarios.model import Scenario, SubnetPlan
from taokit.wallet.keypair import Keypair

__all__ = ["Cast", "Seat", "Stage", "account_key"]


def account_key(name: str) -> Keypair:
    """The key of an account of the scenario."""
    return Keypair.from_uri(f"//scenario//{name}")


@dataclass(frozen=True)
class Seat:
    """Somebody with a neuron, or who is to get one."""

    name: str
    group: str
    role: str
    """owner, validator, miner or newcomer."""
    uri: str

    @cached_property
    def coldkey(self) -> Keypair:
        """The key that owns it."""
        return Keypair.from_uri(self.uri)

    @cached_property
    def hotkey(self) -> Keypair:
        """The key that it works with."""
        return Keypair.from_uri(f"{self.uri}//hotkey")


@dataclass
class Stage:
    """A subnet of the scenario on a chain, and who is to be there by uid at the start."""

    name: str
    plan: SubnetPlan
    seats: list[Seat]
    netuid: int = 0
    first_epoch: int = 0
    """What the subnet's count of epochs was when the scenario began."""

    def of(self, group: str) -> list[Seat]:
        """The members of a group."""
        return [seat for seat in self.seats if seat.group == group]

    @property
    def validators(self) -> list[Seat]:
        """Those who set weights."""
        return [seat for seat in self.seats if seat.role == "validator"]

    @property
    def groups(self) -> list[str]:
        """The names of all groups in order."""
        return list(dict.fromkeys(seat.group for seat in self.seats))


@dataclass
class Cast:
    """Everybody of a scenario."""

    scenario: Scenario
    stages: dict[str, Stage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, plan in self.scenario.subnet_names().items():
            self.stages[name] = Stage(name, plan, list(_seats(self.scenario, name, plan)))

    @property
    def first(self) -> Stage:
        """The subnet whose epochs are counted."""
        return next(iter(self.stages.values()))

    def stage(self, name: str) -> Stage:
        """A subnet by name; the first for none."""
        return self.stages[name] if name else self.first


def _seats(scenario: Scenario, subnet: str, plan: SubnetPlan) -> list[Seat]:
    made = []
    if not plan.netuid:  # nobody here has the keys of another chain's owners
        made.append(Seat("owner", "owner", "owner", f"//scenario//{subnet}//owner"))

    def add(group: str, role: str, count: int) -> None:
        for number in range(1, count + 1):
            name = group if count == 1 else f"{group}-{number}"
            made.append(Seat(name, group, role, f"//scenario//{subnet}//{group}//{number}"))

    for validators in plan.validators:
        add(validators.name, "validator", validators.count)
    for miners in plan.miners:
        add(miners.name, "miner", miners.count)
    first = next(iter(scenario.subnet_names()))
    for event in scenario.events:
        if event.do == "register" and (event.subnet or first) == subnet:
            add(event.group, "newcomer", event.count)
    return made
