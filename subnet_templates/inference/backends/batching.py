"""Continuous batching over a Transformers model: responses join and leave between two steps.

Owns the thread that decodes and the key-value cache of those under way. The library's own batching
takes no sampling of ours per request, so this is the least that does: new responses are prefilled
together, their cache is put beside the running one (padded on the left to a common length), and
every step draws one token for each, by its own seed. Finished ones are dropped from the cache.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]
from transformers import DynamicCache  # type: ignore[import-not-found,unused-ignore]

from taokit.subnet_templates.inference.sampling import Sampling
from taokit.subnet_templates.inference.sampling_torch import perturbed, seeds_of

__all__ = ["Batcher"]


@dataclass
class _Response:
    prompt: Sequence[int]
    how: Sampling
    max_tokens: int
    loop: asyncio.AbstractEventLoop
    out: asyncio.Queue[int | BaseException | None]
    written: list[int] = field(default_factory=list)
    cancelled: bool = False

    def tell(self, said: int | BaseException | None) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.out.put_nowait, said)


class Batcher:
    """Decodes at most ``most`` responses at once, in one thread, which begins with the first."""

    def __init__(self, net: Any, device: str, eos: frozenset[int], most: int) -> None:
        self._net = net
        self._device = device
        self._eos = eos
        self._most = most
        self._waiting: queue.Queue[_Response | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    async def generate(
        self, prompt: Sequence[int], how: Sampling, max_tokens: int
    ) -> AsyncGenerator[int, None]:
        """Tokens as they are drawn. Closing the generator takes the response out of the batch."""
        response = _Response(prompt, how, max_tokens, asyncio.get_running_loop(), asyncio.Queue())
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="decoding", daemon=True)
                self._thread.start()
        self._waiting.put(response)
        try:
            while (said := await response.out.get()) is not None:
                if isinstance(said, BaseException):
                    raise said
                yield said
        finally:
            response.cancelled = True

    def close(self) -> None:
        """End the thread once what is under way is written."""
        if self._thread is not None:
            self._waiting.put(None)

    # In the thread

    def _run(self) -> None:
        batch, closing = _Batch(self._net, self._device), False
        while not (closing and not batch.responses):
            try:
                closing = self._take(batch, closing)
                if batch.responses:
                    self._deal(batch)
            except BaseException as error:  # noqa: BLE001 - told to whoever waits, in its own task
                for response in batch.responses:
                    response.tell(error)
                batch = _Batch(self._net, self._device)

    def _take(self, batch: _Batch, closing: bool) -> bool:
        """Let new responses in; waits for one when there is nothing else to do."""
        new: list[_Response] = []
        while not closing and len(batch.responses) + len(new) < self._most:
            try:
                found = self._waiting.get(block=not batch.responses and not new)
            except queue.Empty:
                break
            if found is None:
                closing = True
            elif not found.cancelled:
                new.append(found)
        if new:
            batch.join(new)
        return closing

    def _deal(self, batch: _Batch) -> None:
        """Draw a token for each, tell it, drop who has ended, and go on with the rest."""
        kept = []
        for index, token in enumerate(batch.draw()):
            response = batch.responses[index]
            response.written.append(token)
            response.tell(token)
            over = token in self._eos or len(response.written) >= response.max_tokens
            if over:
                response.tell(None)
            if not over and not response.cancelled:
                kept.append(index)
        batch.keep(kept)
        if kept:
            batch.step()


class _Batch:
    """Responses under way: their cache, which of its places are theirs, and their next logits."""

    def __init__(self, net: Any, device: str) -> None:
        self._net = net
        self._device = device
        self._cache: Any = None
        self._mask: Any = None
        self._logits: Any = None
        self.responses: list[_Response] = []

    def join(self, new: list[_Response]) -> None:
        """Prefill new responses and put them beside those under way."""
        self.responses += new  # first, so that whatever goes wrong is told to them too
        longest = max(len(one.prompt) for one in new)
        pads = [longest - len(one.prompt) for one in new]
        ids = torch.tensor(
            [[0] * pad + list(one.prompt) for pad, one in zip(pads, new)], device=self._device
        )
        mask = torch.tensor(
            [[0] * pad + [1] * (longest - pad) for pad in pads], device=self._device
        )
        cache = DynamicCache()
        with torch.inference_mode():
            said = self._net(
                ids,
                attention_mask=mask,
                position_ids=(mask.cumsum(1) - 1).clamp(min=0),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        pairs = [(layer.keys, layer.values) for layer in cache.layers]
        if self._cache is not None:
            pairs = [
                (_beside(keys, new_keys), _beside(values, new_values))
                for (keys, values), (new_keys, new_values) in zip(self._cache, pairs)
            ]
            mask = _beside(self._mask[:, None, :, None], mask[:, None, :, None])[:, 0, :, 0]
        logits = said.logits[:, -1]
        self._logits = logits if self._logits is None else torch.cat([self._logits, logits])
        self._cache, self._mask = pairs, mask

    def draw(self) -> list[int]:
        """The next token of each."""
        hows = [one.how for one in self.responses]
        with torch.inference_mode():
            found = perturbed(
                self._logits,
                seeds_of(hows, self._device),
                self._of([how.temperature for how in hows]),
                self._of([how.top_p for how in hows]),
                torch.tensor([len(one.written) for one in self.responses], device=self._device),
            )
            return [int(token) for token in found.argmax(dim=-1).tolist()]

    def keep(self, indices: list[int]) -> None:
        """Drop all others, and the columns that were only theirs."""
        if not indices:
            self._cache = self._mask = self._logits = None
            self.responses = []
            return
        if len(indices) == len(self.responses):
            return
        at = torch.tensor(indices, device=self._device)
        first = int(self._mask[at].any(dim=0).to(torch.int8).argmax())
        self._mask = self._mask[at][:, first:]
        self._cache = [(k[at][:, :, first:], v[at][:, :, first:]) for k, v in self._cache]
        self.responses = [self.responses[index] for index in indices]

    def step(self) -> None:
        """One step of the model for each, after its newest token."""
        newest = [[one.written[-1]] for one in self.responses]
        ones = torch.ones((len(newest), 1), dtype=self._mask.dtype, device=self._device)
        self._mask = torch.cat([self._mask, ones], dim=1)
        cache = DynamicCache()
        for index, (keys, values) in enumerate(self._cache):
            cache.update(keys, values, index)
        with torch.inference_mode():
            said = self._net(
                torch.tensor(newest, device=self._device),
                attention_mask=self._mask,
                position_ids=self._mask.sum(dim=1, keepdim=True) - 1,
                past_key_values=cache,
                use_cache=True,
            )
        self._cache = [(layer.keys, layer.values) for layer in cache.layers]
        self._logits = said.logits[:, -1]

    def _of(self, values: list[float]) -> Any:
        return torch.tensor(values, dtype=torch.float32, device=self._device)


def _beside(running: Any, new: Any) -> Any:
    """Two batches of (rows, heads, length, width) as one, the shorter padded on the left."""
    length = max(running.shape[2], new.shape[2])
    padded = [
        torch.nn.functional.pad(one, (0, 0, length - one.shape[2], 0)) for one in (running, new)
    ]
    return torch.cat(padded)
