"""What a chain itself says of the scenario on it, so that it can be taken up again.

Owns the record: under a raw key of the state, written in the block that sets the scenario up, and
therefore kept, dumped, forked and reverted with it. How far the scenario is needs no record: it
follows from the number of the block and the subnets' counts of epochs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from taokit.local_chain.scenarios.cast import Cast
from taokit.local_chain.scenarios.errors import ScenarioError
from taokit.local_chain.scenarios.model import Scenario

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain

__all__ = ["KEY", "Record"]

KEY = b":taokit:scenario"
PARTS = ("seed", "limits", "accounts", "subnets", "events")
"""What must be as it was; title, expectations and how long it is played may change."""


@dataclass(frozen=True)
class Record:
    """A scenario that was set up in block ``start``: its parts' digests, and its subnets.

    ``stages`` has by name the netuid and what its count of epochs was.
    """

    title: str
    start: int
    parts: dict[str, str]
    stages: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, cast: Cast, start: int) -> Record:
        """The record of what was set up."""
        stages = {name: (stage.netuid, stage.first_epoch) for name, stage in cast.stages.items()}
        return cls(cast.scenario.title, start, _digests(cast.scenario), stages)

    @classmethod
    def on(cls, chain: NodeChain, after: int) -> Record | None:
        """The record of the scenario that was set up after block `after`; None if none was."""
        raw = chain.storage(KEY)
        told = json.loads(raw) if raw else None
        if told is None or told["start"] <= after:
            return None
        stages = {name: (netuid, epoch) for name, (netuid, epoch) in told["stages"].items()}
        return cls(told["title"], told["start"], told["parts"], stages)

    def encode(self) -> bytes:
        """As it is stored."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    def take_up(self, cast: Cast) -> None:
        """Give the cast's subnets their netuids. Raises `ScenarioError` for another scenario."""
        now = _digests(cast.scenario)
        changed = [part for part in PARTS if self.parts.get(part) != now[part]]
        if changed:
            raise ScenarioError(
                f"the chain was set up in block {self.start} by {self.title!r}, "
                f"and this scenario has other {' and '.join(changed)}",
                hint="go on with the file as it was then, or without a scenario; "
                "for the changed one begin another chain (another --data-dir or --state)",
            )
        for name, (netuid, first_epoch) in self.stages.items():
            cast.stages[name].netuid, cast.stages[name].first_epoch = netuid, first_epoch


def _digests(scenario: Scenario) -> dict[str, str]:
    told = asdict(scenario)

    def digest(part: str) -> str:
        text = json.dumps(told[part], sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    return {part: digest(part) for part in PARTS}
