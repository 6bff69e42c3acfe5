"""What the author of a subnet writes: what is asked, how an answer is judged, what it earns.

Owns the three shapes that a mechanism can have and the context it is given. Does not own the loops
that drive it (``taokit.neuron.loops``), nor anything of one subnet.

A **service** is asked continuously over the wire: miners are servers. An **arena** runs what miners
committed: miners are authors. **Rounds** gather contributions to shared state, window by window.
Every mechanism says in one sentence what it ``measures``, and turns a book of scores into weights:
shares of the subnet's miners' pay, which may sum to less than 1. The rest is burned.
"""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from taokit.neuron.errors import ConfigError
from taokit.neuron.messages import Hotkey, Message, Reason, Verdict
from taokit.neuron.metagraph import Snapshot

if TYPE_CHECKING:
    from taokit.neuron.chain import Chain
    from taokit.neuron.loops.submissions import Entry
    from taokit.neuron.randomness import Seeded
    from taokit.neuron.results import Result
    from taokit.neuron.store import ScoreBook, Store
    from taokit.wallet.signer import Signer

__all__ = [
    "Answer",
    "ArenaMechanism",
    "Context",
    "Mechanism",
    "Place",
    "RoundsMechanism",
    "ServiceMechanism",
    "Task",
    "Update",
    "digest",
]

Task = TypeVar("Task", bound=Message)
Answer = TypeVar("Answer", bound=Message)
Update = TypeVar("Update", bound=Message)


def digest(message: Message) -> str:
    """The hash that names a message in verdicts: sha256 of its JSON, in hex."""
    return hashlib.sha256(message.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True)
class Place:
    """The part of a context that travels: what an evaluation elsewhere may know."""

    netuid: int
    hotkey: Hotkey
    block: int
    block_hash: str
    epoch: int


@dataclass(frozen=True)
class Context:
    """Where and when a mechanism is being asked. ``hotkey`` is the validator that asks.

    ``epoch`` counts the subnet's epochs for a service, windows for an arena and for rounds.
    ``clock`` is Unix time in seconds. ``store`` is for what the mechanism itself has to remember.
    ``evaluated`` is what the mechanism's ``evaluate`` made of what is being judged, if it has one.
    ``chain`` is for reading what else was committed there.
    """

    netuid: int
    hotkey: Hotkey
    block: int
    block_hash: str
    epoch: int
    snapshot: Snapshot
    store: Store
    log: Any
    clock: Callable[[], float] = time.time
    evaluated: Any = None
    chain: Chain | None = None

    @property
    def place(self) -> Place:
        """The part of this that travels."""
        return Place(self.netuid, self.hotkey, self.block, self.block_hash, self.epoch)


class Mechanism(ABC):
    """What the three shapes share.

    ``measures`` is one sentence; who cannot say it has no subnet yet. ``alpha`` is how much of a
    miner's score its newest verdict makes up.

    ``evaluate`` is for the slow part of judging, which a validator may hand out to threads,
    processes or other machines (``taokit.neuron.fanout``). It is a class method or a static one, a
    function of its arguments and of nothing else: no store, no clock, nothing that another
    evaluation left behind but caches. What it returns (anything that can be pickled) is
    ``ctx.evaluated`` when the same is judged. One that cannot be finished anywhere leads to no
    verdict; so what a miner can do wrong has to be returned, not raised.
    """

    measures: ClassVar[str] = ""
    alpha: ClassVar[float] = 0.2
    evaluate: ClassVar[Callable[..., Any] | None] = None

    async def prepare(self, ctx: Context) -> None:
        """Get ready for a round: fetch or compute what judging will need. Nothing by default."""
        return

    @abstractmethod
    def weights(self, book: ScoreBook, snap: Snapshot) -> Mapping[Hotkey, float]:
        """Each miner's share of the pay. Shares that sum to less than 1 leave the rest burned."""

    def check(self) -> None:
        """Raise ConfigError when the class does not say what it has to."""
        missing = [name for name in self._required() if not getattr(self, name, None)]
        if missing:
            raise ConfigError(
                f"{type(self).__name__} does not say its {', '.join(missing)}",
                hint="set it as an attribute of the class",
            )

    def _required(self) -> tuple[str, ...]:
        return ("measures",)


class ServiceMechanism(Mechanism, Generic[Task, Answer]):
    """Miners serve ``path``; validators send tasks and judge answers, again and again.

    ``deadline`` is how long an answer may take, in seconds. Unless ``shared_tasks`` is set, each
    miner gets tasks of its own, so that an answer is of no use to another miner. ``in_thread`` says
    that judging is slow enough to be kept off the event loop. ``evaluate``, if there is one, takes
    the task, its ``Ok`` result and a ``Place``; results that are not ok are not evaluated.
    """

    path: ClassVar[str] = ""
    request: ClassVar[type[Message]]
    response: ClassVar[type[Message]]
    deadline: ClassVar[float] = 12.0
    shared_tasks: ClassVar[bool] = False
    in_thread: ClassVar[bool] = False

    @abstractmethod
    def tasks(self, rng: Seeded, ctx: Context) -> Sequence[Task]:
        """The tasks of a round for one miner, of nothing but the seeded ``rng``."""

    @abstractmethod
    def verify(self, task: Task, result: Result[Answer], ctx: Context) -> Verdict:
        """Judge one answer, or the lack of one (``result.ok`` is false and ``reason`` says why)."""

    def verdict(
        self,
        task: Task,
        result: Result[Answer],
        quality: float,
        reason: Reason = Reason.OK,
        *,
        units: float = 1.0,
        **evidence: Any,
    ) -> Verdict:
        """A verdict on this answer; anything but OK is worth nothing and counts as a failed audit.

        ``quality`` is cut to 0..1; ``evidence`` is what the miner is told when it asks why.
        """
        ok = reason is Reason.OK
        return Verdict(
            hotkey=result.hotkey,
            task=digest(task),
            quality=min(1.0, max(0.0, quality)) if ok else 0.0,
            units=units,
            ok=ok,
            reason=reason,
            evidence=evidence,
        )

    def failed(self, task: Task, result: Result[Answer]) -> Verdict:
        """The verdict on a miner that gave no answer that could be judged."""
        return self.verdict(task, result, 0.0, result.reason, detail=result.detail)

    def _required(self) -> tuple[str, ...]:
        return ("measures", "path", "request", "response")


class ArenaMechanism(Mechanism, Generic[Task]):
    """Miners commit to an artifact before a window closes; validators run all on the same tasks.

    ``window`` is its length in blocks, and a window begins where the block number divides by it.
    Artifacts are revealed within ``reveal`` blocks after it closes; tasks are then made of the hash
    of the block after that, which nobody knew when artifacts were chosen. ``evaluate``, if there is
    one, takes the entry, the task and a ``Place``; on another machine, the entry's path has to
    be there too.
    """

    window: ClassVar[int] = 100
    reveal: ClassVar[int] = 5

    @abstractmethod
    def tasks(self, rng: Seeded, ctx: Context) -> Sequence[Task]:
        """The tasks of a window, the same for every artifact."""

    @abstractmethod
    async def run(self, entry: Entry, task: Task, ctx: Context) -> float | Verdict:
        """Run one artifact on one task: its score, or a verdict that says why it has none."""

    async def settle(
        self, scores: Mapping[Hotkey, Sequence[float]], ctx: Context
    ) -> Sequence[Verdict]:
        """What a window's scores come to. By default, one verdict for each, of its mean in 0..1.

        ``scores`` has those only whose artifact ran on every task, in the order of commitment, each
        with one score for each task; tasks are the same for all, so that scores can be compared in
        pairs (``taokit.neuron.scoring.hill``).
        """
        return [
            Verdict(
                hotkey=hotkey,
                task=hashlib.sha256(f"{ctx.netuid}:{ctx.epoch}".encode()).hexdigest(),
                quality=min(1.0, max(0.0, sum(row) / len(row))) if row else 0.0,
            )
            for hotkey, row in scores.items()
        ]

    def _required(self) -> tuple[str, ...]:
        return ("measures", "window")


class RoundsMechanism(Mechanism, Generic[Update]):
    """Miners contribute to shared state, window by window; validators judge and aggregate.

    ``window`` is its length in blocks, ``grace`` how many blocks after its end an update is still
    taken. Updates are fetched from the miners at ``path``, with a request that names the window.
    The hash of the block ``draw`` blocks later seeds their judging: as many as validators may
    differ in when they look, at least 1. ``evaluate``, if there is one, takes what ``verify``
    takes, with a ``Place`` for the context; it gets updates that are complete.
    """

    path: ClassVar[str] = ""
    update: ClassVar[type[Message]]
    window: ClassVar[int] = 50
    grace: ClassVar[int] = 2
    draw: ClassVar[int] = 1
    deadline: ClassVar[float] = 30.0

    def seated(self, signer: Signer) -> None:
        """Learn for whom it judges: what it publishes may need a signature. Nothing by default."""
        return

    @abstractmethod
    async def open(self, window: int, ctx: Context) -> None:
        """Begin a window: publish the shared state that contributions build upon."""

    @abstractmethod
    def assignments(self, rng: Seeded, ctx: Context) -> Mapping[Hotkey, Any]:
        """What each miner was to work on, of a seed that was public when the window opened."""

    async def complete(self, hotkey: Hotkey, update: Update, ctx: Context) -> Update | Verdict:
        """The update with what of it is elsewhere, or the verdict on a miner where it cannot be
        had. By default, as it came."""
        return update

    @abstractmethod
    async def verify(
        self, hotkey: Hotkey, update: Update, assignment: Any, rng: Seeded, ctx: Context
    ) -> Verdict:
        """Judge one update. ``rng`` is of a block after the deadline: unknown to the miners."""

    async def compare(
        self, updates: Mapping[Hotkey, Update], verdicts: Mapping[Hotkey, Verdict], ctx: Context
    ) -> Mapping[Hotkey, Verdict]:
        """The verdicts once all updates are judged: what only all of them together can tell."""
        return verdicts

    @abstractmethod
    async def aggregate(
        self, updates: Mapping[Hotkey, Update], verdicts: Mapping[Hotkey, Verdict], ctx: Context
    ) -> None:
        """Apply what was accepted to the shared state, once a window.

        After a crash it is called with the same once more, which has to change nothing then:
        ``ctx.epoch`` tells the window. It may write in one transaction of ``ctx.store``.
        """

    def _required(self) -> tuple[str, ...]:
        return ("measures", "path", "update", "window")
