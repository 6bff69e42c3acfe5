"""Finding out what an update is worth, and whether the work behind it was done.

Owns the measurements and the rules on them. Does not own thresholds (``Bar`` is given) nor pay, nor
comparing updates with each other (``copies``).

Two things are measured: how much of the loss an update removes on pages that were drawn after the
deadline (its gain), and how much more it removes on the pages that it was to be made on than on
those (its proof, from -1 to 1).

One window's proof is noisy, the mean of many is not: whoever trained on the pages is well above 0,
whoever did not (a copy, a replay, data of one's own choice) is at 0, whatever the update is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from taokit.neuron.messages import Hotkey, Reason
from taokit.subnet_templates.training.backends import Backend
from taokit.subnet_templates.training.codec import Codec, Sparse
from taokit.subnet_templates.training.faults import Fault
from taokit.subnet_templates.training.messages import Update
from taokit.subnet_templates.training.outer import State
from taokit.subnet_templates.training.tensors import BadTensors

__all__ = [
    "Bar",
    "Fault",
    "History",
    "Measured",
    "check",
    "measure",
    "probe_of",
]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Bar:
    """What is asked. An update is tried at ``reach`` times its length; ``pages`` are measured of
    each kind. A proof is the mean of the newest ``memory`` windows, and nothing is earned nor
    concluded from it before ``probation`` windows. It has to exceed ``proof`` to be paid, and is
    paid in full from ``sure`` on: two validators who measure a little differently pay a little
    differently. Below ``doubt`` it is held against the miner; from there to ``proof`` it may be
    chance. Two updates that agree in ``alike`` of their entries are one, and the less proven by
    ``apart`` is the copy.
    """

    reach: float = 0.4
    pages: int = 16
    memory: int = 12
    probation: int = 14
    proof: float = 0.2
    sure: float = 0.3
    doubt: float = 0.1
    alike: float = 0.5
    apart: float = 0.2

    @property
    def windows(self) -> int:
        """How many windows of a miner's past are looked at."""
        return max(self.memory, self.probation)


@dataclass(frozen=True)
class Measured:
    """``gain`` is the part of the loss on unseen pages that goes; ``proof`` see the module."""

    gain: float
    proof: float


@dataclass(frozen=True)
class History:
    """What was measured of a miner, newest first, this window's included."""

    gains: tuple[float, ...]
    proofs: tuple[float, ...]

    def proof(self, bar: Bar) -> float:
        """The mean of the newest proofs."""
        return fmean(self.proofs[: bar.memory])

    def is_known(self, bar: Bar) -> bool:
        """Whether there is enough to conclude something."""
        return len(self.proofs) >= bar.probation

    def earned(self, bar: Bar) -> float:
        """What counts of the gains: nothing before the work is proven."""
        if not self.is_known(bar):
            return 0.0
        part = min(1.0, max(0.0, (self.proof(bar) - bar.proof) / (bar.sure - bar.proof)))
        return part * min(1.0, max(0.0, fmean(self.gains[: bar.memory])))

    def fault(self, bar: Bar) -> Fault | None:
        """What is wrong with a miner by its history, if anything is."""
        newest = self.gains[: bar.probation]
        if len(newest) >= bar.probation // 2 and fmean(newest) <= 0.0:
            return Fault(Reason.NO_GAIN, "updates remove no loss on unseen data")
        if self.is_known(bar) and self.proof(bar) < bar.doubt:
            return Fault(
                Reason.NOT_ASSIGNED_DATA,
                f"gains on assigned pages exceed those elsewhere by {self.proof(bar):.2f} only",
            )
        return None


def check(
    update: Update,
    *,
    hotkey: Hotkey,
    window: int,
    deadline: int,
    base: State,
    codec: Codec,
    assigned: Sequence[int],
    probed: Sequence[int],
) -> Sparse:
    """Everything that can be told without evaluating. Raises Fault."""
    if update.hotkey != hotkey or not update.is_signed():
        raise Fault(Reason.BAD_SIGNATURE, "not signed by the miner that it came from")
    if update.window != window or update.block >= deadline:
        raise Fault(Reason.LATE, f"an update to window {update.window} of block {update.block}")
    if update.base != base.digest:
        raise Fault(Reason.STALE_BASE, "builds upon another state")
    if update.probe != probe_of(base, probed):
        raise Fault(Reason.STALE_BASE, "does not have the state that it says it builds upon")
    if not update.pages or len(set(update.pages)) != len(update.pages):
        raise Fault(Reason.NOT_ASSIGNED_DATA, "names no pages, or one twice")
    if not set(update.pages) <= set(assigned):
        raise Fault(Reason.NOT_ASSIGNED_DATA, "was made on pages of somebody else")
    if update.codec != codec.name:
        raise Fault(Reason.MALFORMED, f"is not compressed as {codec.name}")
    try:
        sent = codec.decode(update.data())
    except (ValueError, BadTensors) as error:
        raise Fault(Reason.MALFORMED, str(error)) from None
    if not sent.codes.any():
        raise Fault(Reason.NO_GAIN, "changes nothing")
    return sent


def probe_of(state: State, places: Sequence[int]) -> str:
    """Parameters of a state at places: float32 in hex."""
    chosen = state.params[np.asarray(places, np.int64)]
    return chosen.astype("<f4").tobytes().hex()


def measure(
    backend: Backend, base: Floats, sent: Sparse, own: Bytes, unseen: Bytes, bar: Bar
) -> Measured:
    """What an update does on pages of its own and on unseen ones."""
    with np.errstate(over="ignore", invalid="ignore"):
        tried = base - np.float32(bar.reach) * sent.dense()
    if not np.isfinite(tried).all():
        return Measured(-1.0, 0.0)
    pages = np.concatenate([own, unseen])
    before = backend.losses(base, pages).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        after = backend.losses(tried, pages).astype(np.float64)
    removed = np.nan_to_num((before - after) / before, nan=-1.0, posinf=-1.0, neginf=-1.0)
    mine, others = removed[: len(own), None], removed[None, len(own) :]
    proof = float(np.mean(np.sign(mine - others)))
    return Measured(max(-1.0, float(removed[len(own) :].mean())), proof)
