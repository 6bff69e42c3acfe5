"""One neuron's view of a subnet in memory: what ``chain.Chain`` asks for.

Owns the hotkey, and the choice of how weights are sent. Does not own the subnet's state and rules
(``memory_chain``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from taokit.neuron.chain import (
    Commitment,
    Head,
    PendingCommit,
    Remember,
    Scheme,
    SubnetRules,
    WeightsReceipt,
)
from taokit.neuron.errors import NeuronError
from taokit.neuron.memory_chain import refused, row_of, shares_by_hotkey
from taokit.neuron.messages import Hotkey
from taokit.neuron.metagraph import Endpoint, Snapshot
from taokit.neuron.weight_vector import weight_vector

if TYPE_CHECKING:
    from taokit.neuron.memory_chain import MemoryChain

__all__ = ["MemoryView"]

MAX_COMMITMENT = 128


class MemoryView:
    """A :class:`taokit.neuron.chain.Chain` over a :class:`MemoryChain`, for one hotkey."""

    def __init__(self, chain: MemoryChain, hotkey: Hotkey) -> None:
        self._chain = chain
        self._hotkey = hotkey
        self._salts = 0

    @property
    def netuid(self) -> int:
        """The subnet."""
        return self._chain.netuid

    @property
    def hotkey(self) -> Hotkey:
        """Who is asking."""
        return self._hotkey

    async def head(self) -> Head:
        """The newest block."""
        return self._chain.head()

    async def heads(self) -> AsyncIterator[Head]:
        """The head now, then each new one."""
        queue = self._chain.follow()
        try:
            while True:
                yield await queue.get()
        finally:
            self._chain.unfollow(queue)

    async def wait_block(self, number: int) -> Head:
        """Return once the chain has reached a block."""
        return await self._chain.wait_block(number)

    async def block_hash(self, number: int) -> str | None:
        """Hash of a block; None when it is not there yet."""
        return self._chain.block(number).hash if 0 <= number <= self._chain.number else None

    async def snapshot(self) -> Snapshot:
        """The metagraph now."""
        return self._chain.snapshot()

    async def rules(self) -> SubnetRules:
        """What the subnet demands of weights."""
        return self._chain.rules()

    async def set_weights(
        self,
        weights: Mapping[Hotkey, float],
        *,
        mechanism: int = 0,
        remember: Remember | None = None,
    ) -> WeightsReceipt:
        """See :meth:`taokit.neuron.chain.Chain.set_weights`."""
        rules, neurons = self._chain.rules(), self._chain.neurons
        uids, values = weight_vector(
            weights,
            {neuron.hotkey: neuron.uid for neuron in neurons},
            size=len(neurons),
            min_allowed=rules.min_allowed_weights,
            max_limit=rules.max_weight_limit,
            own=self.hotkey,
        )
        scheme: Scheme = "plain"
        if rules.commit_reveal:
            scheme = "timelocked" if rules.commit_reveal_version >= 4 else "hash"
        salt: tuple[int, ...] = ()
        if scheme == "hash":
            self._salts += 1
            salt = (self._chain.number & 0xFFFF, self._salts & 0xFFFF)
        receipt = WeightsReceipt(
            scheme=scheme,
            block=self._chain.number,
            uids=uids,
            values=values,
            mechanism=mechanism,
            salt=salt,
            reveal_round=rules.epoch + rules.reveal_period if scheme == "timelocked" else None,
            commit_hash=self._hash(uids, values, salt) if scheme == "hash" else None,
            epoch=rules.epoch,
        )
        if remember is not None:
            remember(receipt)
        if scheme == "plain":
            self._chain.take_weights(self.hotkey, mechanism, row_of(uids, values))
        elif scheme == "hash":
            self._chain.take_commit(self.hotkey, receipt.commit_hash, None)
        else:
            self._chain.take_commit(self.hotkey, None, row_of(uids, values))
        return receipt

    async def reveal_weights(self, receipt: WeightsReceipt) -> None:
        """Reveal what a ``hash`` receipt committed."""
        if receipt.scheme != "hash":
            raise refused("NoWeightsCommitFound")
        revealed = self._hash(receipt.uids, receipt.values, receipt.salt)
        row = row_of(receipt.uids, receipt.values)
        self._chain.take_reveal(self.hotkey, receipt.mechanism, revealed, row)

    async def weights_of(self, hotkey: Hotkey, *, mechanism: int = 0) -> Mapping[Hotkey, int]:
        """The weights that the chain holds for a validator."""
        uid = self._chain.uid_of(hotkey)
        row = {} if uid is None else self._chain.rows.get((mechanism, uid), {})
        return shares_by_hotkey(row, self._chain.neurons)

    async def pending_commits(
        self, hotkey: Hotkey, *, mechanism: int = 0
    ) -> tuple[PendingCommit, ...]:
        """The weight commits of a hotkey that wait to be revealed."""
        return self._chain.pending(hotkey) if mechanism == 0 else ()

    async def serve(self, ip: str, port: int) -> None:
        """Publish where this hotkey serves; nothing is sent where that is known already."""
        endpoint = Endpoint(ip, port)
        known = self._chain.served.get(self.hotkey)
        if known is None or known.endpoint != endpoint:
            self._chain.take_endpoint(self.hotkey, endpoint)

    async def register(self) -> int:
        """Register this hotkey if it is not; returns its uid."""
        return self._chain.join(self.hotkey)

    async def commit(self, data: bytes) -> None:
        """Commit bytes under this hotkey."""
        if len(data) > MAX_COMMITMENT:
            raise NeuronError(f"a commitment has at most {MAX_COMMITMENT} bytes, not {len(data)}")
        self._chain.take_commitment(self.hotkey, data)

    async def commitments(self) -> Mapping[Hotkey, Commitment]:
        """What every hotkey of the subnet has committed last."""
        return dict(self._chain.committed)

    def _hash(self, uids: tuple[int, ...], values: tuple[int, ...], salt: tuple[int, ...]) -> str:
        text = json.dumps([self.hotkey, self.netuid, uids, values, salt])
        return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
