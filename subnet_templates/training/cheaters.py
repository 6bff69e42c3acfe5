"""Miners that break the rules which every run of training has: personas that any such subnet meets.

Owns these. Does not own those whose work is worth something or nothing: what that is, is what a
subnet decides (its ``personas/``).
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from taokit.neuron.errors import HandlerRefused
from taokit.neuron.loops.rounds import UpdateRequest
from taokit.neuron.messages import Reason
from taokit.neuron.testing.collusion import Copycat
from taokit.neuron.testing.personas import Persona
from taokit.subnet_templates.training.contributing import Contributor
from taokit.subnet_templates.training.judging import probe_of
from taokit.subnet_templates.training.messages import Update, signed
from taokit.subnet_templates.training.outer import State
from taokit.subnet_templates.training.tuning import PATH, Tuned, TuneRequest, answer_of

__all__ = ["cheaters", "placeholder"]


def cheaters(make: Callable[[type[Contributor]], Contributor]) -> list[Persona]:
    """Ten of them. ``make`` makes a miner of a class as the project makes its reference miner."""

    def persona(name: str, kind: type[Contributor], reason: Reason, **more: Any) -> Persona:
        return Persona(name, "zero", lambda: make(kind), reason, makes=True, **more)

    return [
        persona("noise", _Noise, Reason.NO_GAIN, also=(Reason.NOT_ASSIGNED_DATA,)),
        persona("sign-flipper", _SignFlipper, Reason.NO_GAIN),
        persona("norm-bomb", _NormBomb, Reason.NO_GAIN),
        persona("hijacker", _Hijacker, Reason.NOT_ASSIGNED_DATA),
        persona("stale", _Stale, Reason.STALE_BASE),
        persona("late", _Late, Reason.LATE),
        persona("pickler", _Pickler, Reason.MALFORMED),
        persona("infinite", _Infinite, Reason.MALFORMED),
        Persona("echo", "zero", Copycat, Reason.BAD_SIGNATURE, makes=True),
        Persona("uphill-tuner", "any", lambda: make(_UphillTuner), makes=True),
    ]


def placeholder(request: UpdateRequest) -> Update:
    """An update that is well-formed, for those who break the protocol before anybody reads it."""
    if request.window < 0:
        raise HandlerRefused("no such window")
    return Update(
        hotkey="5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        window=request.window,
        block=0,
        base="0" * 64,
        codec="none",
        pages=(),
        tokens=0,
        probe="",
        loss=0.0,
        sha256="0" * 64,
        payload="",
    )


class _Noise(Contributor):
    """Sends random numbers of the right size, drawn anew for each state."""

    def delta(self, state: State, data: Any) -> Any:
        """Noise."""
        lot = np.random.default_rng(int(state.digest[:8], 16))
        drawn = np.asarray(lot.normal(size=state.params.shape), np.float32)
        return drawn * np.float32(0.01)


class _SignFlipper(Contributor):
    """Trains well, and sends the opposite."""

    def delta(self, state: State, data: Any) -> Any:
        """Uphill."""
        return -super().delta(state, data)


class _NormBomb(Contributor):
    """Trains well, and sends it ten thousand times as large, to outweigh all others."""

    def delta(self, state: State, data: Any) -> Any:
        """Far too much of it."""
        return super().delta(state, data) * np.float32(1e4)


class _Hijacker(Contributor):
    """Trains on pages that it was not given, and says so."""

    def sealed(self, update: Update, payload: bytes) -> Update:
        """Names other pages."""
        favourite = tuple(range(len(update.pages)))
        return super().sealed(update.model_copy(update={"pages": favourite}), payload)


class _Stale(Contributor):
    """Never takes up what others did, and claims that it has."""

    def contribution(self, window: int, block: int, given: Any, probed: Any) -> Update:
        """Trains on the first state, under the name of the newest."""
        newest = self.replica.state
        first = State(newest.window, self.backend.initial(), np.zeros_like(newest.params))
        self.replica.state = first
        made = super().contribution(window, block, given, probed)
        self.replica.state = newest
        lie = made.model_copy(update={"base": newest.digest, "probe": probe_of(first, probed)})
        return signed(lie, self.signer)


class _Late(Contributor):
    """Has the update to a window when the next one ends."""

    def answer(self, request: UpdateRequest) -> Update:
        """The oldest that it has."""
        return super().answer(UpdateRequest(window=request.window - 1))


class _Pickler(Contributor):
    """Sends a pickle, which whoever loads it would regret."""

    def compressed(self, delta: Any) -> bytes:
        """Not what the codec makes."""
        return pickle.dumps(print)


class _Infinite(Contributor):
    """Sends steps that are not numbers."""

    def compressed(self, delta: Any) -> bytes:
        """An update whose steps were replaced."""
        sent, _ = self.replica.codec.compress(delta)
        steps = np.full_like(sent.steps, np.nan)
        return self.replica.codec.encode(replace(sent, steps=steps))


class _UphillTuner(Contributor):
    """Trains for the run on a quarter of its pages, and ruins what buyers have it train."""

    def seated(self, seat: Any) -> None:
        """Do little for the run."""
        super().seated(seat)
        self.inner.pages = self.terms.pages // 4

    def extend(self, server: Any) -> None:
        """Hands in the opposite of what there was."""

        def ruined(request: TuneRequest, caller: Any) -> Tuned:
            return answer_of(-self.replica.state.params)

        server.handler(PATH, TuneRequest, Tuned)(ruined)
