"""A miner's part in a run: follow the state, train on the pages given, hand in the update in time.

Owns the life of an update on the miner's side. Does not own serving it (``taokit.neuron.server``).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from taokit.neuron.chain import Chain
from taokit.neuron.errors import ConfigError, HandlerRefused
from taokit.neuron.loops.rounds import UpdateRequest
from taokit.subnet_templates.training.backends import Backend
from taokit.subnet_templates.training.bucket import Bucket
from taokit.subnet_templates.training.corpus import Pages
from taokit.subnet_templates.training.judging import probe_of
from taokit.subnet_templates.training.messages import Update, signed
from taokit.subnet_templates.training.outer import State
from taokit.subnet_templates.training.replica import Replica
from taokit.subnet_templates.training.terms import Terms, leads
from taokit.subnet_templates.training.tuning import PATH as TUNE
from taokit.subnet_templates.training.tuning import Tuned, TuneRequest, tuned
from taokit.subnet_templates.training.uploads import INLINE, Uploads, announce, key_of
from taokit.wallet.signer import Signer

__all__ = ["Contributor", "Inner"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
KEPT = 3
_log = logging.getLogger(__name__)


class Inner:
    """How a miner trains: its own affair. ``passes`` over its pages at a learning rate.

    What the codec keeps back is added to the next update, less ``forgetting`` of it.
    """

    def __init__(
        self, *, rate: float = 0.003, passes: int = 1, pages: int = 1 << 30, forgetting: float = 0.1
    ) -> None:
        self.rate, self.passes, self.pages, self.forgetting = rate, passes, pages, forgetting


class Contributor:
    """Makes one update a window. ``seated`` says for whom; then ``step`` at blocks, ``answer``."""

    def __init__(
        self,
        terms: Terms,
        backend: Callable[[], Backend],
        pages: Pages,
        bucket: Bucket,
        inner: Inner | None = None,
        uploads: Uploads | None = None,
    ) -> None:
        self.terms, self.data, self.bucket = terms, pages, bucket
        self.inner, self.uploads = inner or Inner(), uploads
        self._backend = backend
        self._announced = False
        self._updates: dict[int, Update] = {}

    def seated(self, seat: Any) -> None:
        """Whose part it is: ``seat.signer`` and ``seat.chain``. The back end is opened now.

        Raises ConfigError where it cannot be, and for updates too large for an answer without a
        bucket to leave them in.
        """
        self.signer: Signer = seat.signer
        self.chain: Chain = seat.chain
        self.residual = np.zeros(self.backend.size, np.float32)
        self._carried = self.residual
        most = self.replica.codec.most_bytes
        if self.uploads is None and most > INLINE:
            raise ConfigError(
                f"an update has up to {most} bytes, too many for an answer",
                hint="set UPLOADS to a bucket of your own and UPLOADS_URL to its public address",
            )

    def extend(self, server: Any) -> None:
        """Serve buyers' jobs as well."""
        server.handler(TUNE, TuneRequest, Tuned)(lambda request, caller: tuned(self, request))

    @cached_property
    def backend(self) -> Backend:
        """What computes."""
        return self._backend()

    @cached_property
    def replica(self) -> Replica:
        """The shared model, as this miner has it."""
        return Replica(self.terms, self.backend.initial(), self.bucket)

    @property
    def newest(self) -> Update | None:
        """The last update that was made."""
        return self._updates[max(self._updates)] if self._updates else None

    def answer(self, request: UpdateRequest) -> Update:
        """The update to a window. Refuses while there is none."""
        found = self._updates.get(request.window)
        if found is None:
            raise HandlerRefused(f"there is no update to window {request.window}")
        return found

    async def step(self, block: int) -> None:
        """Follow the run; make this window's update once the state to build upon is there."""
        if self.uploads is not None and not self._announced:
            await announce(self.chain, self.uploads.url)
            self._announced = True
        who = leads(await self.chain.snapshot())
        await asyncio.to_thread(self.replica.follow, who, block)
        if self.replica.trouble:
            _log.warning("the run cannot be followed: %s", self.replica.trouble)
        window = self.terms.window_at(block)
        if not self.replica.is_due(window, block):
            return
        made = self._updates.get(window)
        if made is None:
            self._carried = self.residual
        elif made.base == self.replica.state.digest:
            return
        else:
            # What it built upon turned out not to be the newest: do it again, from there.
            self.residual = self._carried
        opened = await self.chain.block_hash(window * self.terms.window)
        if opened is None:
            return
        lot = self.terms.lot(opened, self.chain.netuid)
        hotkey = self.signer.ss58_address
        given = self.terms.assigned(lot, hotkey)
        probed = self.terms.probed(lot, hotkey, self.backend.size)
        update = await asyncio.to_thread(self.contribution, window, block, given, probed)
        self._updates[window] = update
        for old in sorted(self._updates)[:-KEPT]:
            del self._updates[old]

    def contribution(
        self, window: int, block: int, given: Sequence[int], probed: Sequence[int]
    ) -> Update:
        """Train and wrap up the result."""
        state = self.replica.state
        used = tuple(given[: self.inner.pages])
        data = np.stack([self.data.page(number) for number in used])
        payload = self.compressed(self.delta(state, data))
        return self.sealed(
            Update(
                hotkey=self.signer.ss58_address,
                window=window,
                block=block,
                base=state.digest,
                codec=self.replica.codec.name,
                pages=used,
                tokens=int(data.size) * self.inner.passes,
                probe=probe_of(state, probed),
                loss=float(self.backend.losses(state.params, data).mean()),
                sha256="0" * 64,
                payload="",
            ),
            payload,
        )

    def delta(self, state: State, data: Bytes) -> Floats:
        """What training does: parameters before less those after."""
        inner = self.inner
        after = self.backend.train(
            state.params, data, steps=inner.passes * len(data), rate=inner.rate
        )
        difference: Floats = state.params - after
        return difference

    def compressed(self, delta: Floats) -> bytes:
        """The update's bytes; what they leave out is kept for the next one."""
        sent, left = self.replica.codec.compress(delta + self.residual)
        self.residual = left * np.float32(1.0 - self.inner.forgetting)
        return self.replica.codec.encode(sent)

    def sealed(self, update: Update, payload: bytes) -> Update:
        """With its payload, or with that in the bucket; and signed."""
        named, text = hashlib.sha256(payload).hexdigest(), base64.b64encode(payload).decode()
        if self.uploads is not None and len(payload) > self.uploads.inline:
            self.uploads.bucket.put(key_of(named), payload)
            text = ""
        return signed(update.model_copy(update={"sha256": named, "payload": text}), self.signer)
