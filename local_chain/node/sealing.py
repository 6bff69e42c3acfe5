"""When blocks are made.

Owns the sealing modes and the sealer that follows one. Does not own how a block is made
(`node.chain`) nor what time it is (`node.clock`).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taokit.local_chain.errors import BlockFailed, InvalidNodeConfig

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.node.clock import Timer

__all__ = ["Sealer", "SealingMode"]

_log = logging.getLogger("taokit.local_chain.node")
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000}
EXAMPLES = "250ms, 12s, instant, manual or instant+12s"


@dataclass(frozen=True)
class SealingMode:
    """When to seal: as soon as a transaction is ready, at an interval, both, or only on demand."""

    instant: bool = False
    interval_ms: int | None = None

    @classmethod
    def parse(cls, text: str) -> SealingMode:
        """Read `250ms`, `12s`, `instant`, `manual` or `instant+12s`."""
        words = text.strip().lower().split("+")
        if words == ["manual"]:
            return cls()
        instant = words[0] == "instant"
        rest = words[1:] if instant else words
        if len(rest) > 1 or (not instant and not rest):
            raise _not_a_block_time(text)
        if not rest:
            return cls(instant=True)
        match = _INTERVAL.fullmatch(rest[0])
        interval_ms = round(float(match[1]) * _UNIT_MS[match[2]]) if match else 0
        if interval_ms < 1:
            raise _not_a_block_time(text)
        return cls(instant, interval_ms)

    def __str__(self) -> str:
        interval = ""
        if self.interval_ms is not None:
            seconds, rest = divmod(self.interval_ms, 1000)
            interval = f"{self.interval_ms}ms" if rest else f"{seconds}s"
        words = [word for word in ("instant" if self.instant else "", interval) if word]
        return "+".join(words) or "manual"


def _not_a_block_time(text: str) -> InvalidNodeConfig:
    return InvalidNodeConfig(
        f"{text!r} is not a block time", setting="block_time", hint=f"use {EXAMPLES}"
    )


class Sealer:
    """Seals blocks of a chain by a mode, from `start` to `stop`.

    Instant sealing waits for the end of the event loop's turn, so that transactions that arrive
    together share a block; without a running loop it seals at once. In a mixed mode the interval
    counts from the last block, whatever caused it.
    """

    def __init__(self, chain: NodeChain, mode: SealingMode) -> None:
        self.mode = mode
        self._chain = chain
        self._clock = chain.clock
        self._timer: Timer | None = None
        self._soon: asyncio.Handle | None = None
        self._due_ms = 0
        self._dropping = 0
        self._held_until_ms = 0
        self.paused = False
        self._undo: list[Callable[[], None]] = []
        self._running = False

    def start(self) -> None:
        """Begin to seal, unless it is paused."""
        if self.paused:
            return
        self._running = True
        if self.mode.instant:
            self._undo.append(self._chain.on_ready.add(self._seal_soon))
            if self._chain.pool.has_ready:
                self._seal_soon()
        if self.mode.interval_ms is not None:
            self._due_ms = self._clock.now_ms()
            self._schedule(self.mode.interval_ms)
            self._undo.append(self._chain.on_reverted.add(lambda *_: self._restart()))
            if self.mode.instant:
                self._undo.append(self._chain.on_new_block.add(lambda *_: self._restart()))

    def stop(self) -> None:
        """Seal nothing more."""
        self._running = False
        for undo in self._undo:
            undo()
        self._undo.clear()
        for scheduled in (self._timer, self._soon):
            if scheduled is not None:
                scheduled.cancel()
        self._timer = self._soon = None
        self._held_until_ms = 0

    def pause(self) -> None:
        """Seal nothing until `resume`."""
        self.paused = True
        self.stop()

    def resume(self) -> None:
        """Seal again; an interval counts from now."""
        if self.paused:
            self.paused = False
            self.start()

    def change(self, mode: SealingMode) -> None:
        """Seal by another mode from now on."""
        self.stop()
        self.mode = mode
        self.start()

    def restart(self) -> None:
        """Count the interval from now."""
        if self._running:
            self.stop()
            self.start()

    def drop(self, count: int) -> None:
        """Do not seal the next `count` times."""
        self._dropping = count

    def delay(self, duration_ms: int) -> None:
        """Seal the next block so much later than it is due, if any comes by itself."""
        if not self._running or (self.mode.interval_ms is None and not self.mode.instant):
            return
        due_ms = self._clock.now_ms()
        if self._timer is not None and not self.mode.instant:
            due_ms = self._due_ms
        self._held_until_ms = due_ms + duration_ms
        if self._timer is not None:
            self._timer.cancel()
        self._due_ms = self._held_until_ms
        self._timer = self._clock.call_later(
            self._held_until_ms - self._clock.now_ms(), self._release
        )

    def _release(self) -> None:
        self._held_until_ms = 0
        if self.mode.interval_ms is not None:
            self._tick()
        else:
            self._timer = None
            self._seal_ready()

    # -- on transaction --------------------------------------------------------------------

    def _seal_soon(self) -> None:
        if self._soon is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # used from plain synchronous code: nothing else can arrive
            self._seal_ready()
        else:
            self._soon = loop.call_soon(self._seal_ready)

    def _seal_ready(self) -> None:
        self._soon = None
        if not self._chain.pool.has_ready or self._held_until_ms:
            return
        self._seal()

    # -- at an interval --------------------------------------------------------------------

    def _schedule(self, interval_ms: int) -> None:
        now_ms = self._clock.now_ms()
        self._due_ms += interval_ms
        if self._due_ms <= now_ms:  # late or travelled: no burst of blocks to catch up
            self._due_ms = now_ms + interval_ms
        self._timer = self._clock.call_later(self._due_ms - now_ms, self._tick)

    def _tick(self) -> None:
        assert self.mode.interval_ms is not None
        self._timer = None
        self._seal()
        if self._running and self._timer is None:
            self._schedule(self.mode.interval_ms)

    def _restart(self) -> None:
        assert self.mode.interval_ms is not None
        if self._held_until_ms:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due_ms = self._clock.now_ms()
        self._schedule(self.mode.interval_ms)

    def _seal(self) -> None:
        if self._dropping:
            self._dropping -= 1
            return
        try:
            self._chain.seal()
        except BlockFailed as failed:
            _log.exception("a block failed; the node goes on")
            if failed.extrinsic is not None and self.mode.instant and self._chain.pool.has_ready:
                self._seal_soon()
