"""Randomness that everybody can repeat: from a block, a subnet and a purpose, and nothing else.

Owns seeds, the generator over a seed, and the salt of an epoch. Does not own which block a
mechanism draws from: it has to be one that nobody knew when what is drawn for was handed in.

A producer of blocks can try several hashes; where much depends on one draw, mix in something that
no producer can choose (``parts``), for instance a pulse of a drand beacon.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import MutableSequence, Sequence
from typing import TYPE_CHECKING, TypeVar

from taokit.neuron.errors import NeuronError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["EpochSalt", "Seeded", "seed"]

T = TypeVar("T")
_LABEL = b"taokit seed 1"


def seed(tag: str, block_hash: str, netuid: int, *parts: bytes) -> bytes:
    """32 bytes that follow from the arguments. ``block_hash`` is hex, with or without 0x.

    Every argument is hashed with its length, so no two lists of arguments run together.
    """
    block = bytes.fromhex(block_hash.removeprefix("0x"))
    return _hash(_LABEL, tag.encode(), block, netuid.to_bytes(8, "little"), *parts)


class Seeded:
    """Random numbers that follow from a seed, the same on every machine and in every release.

    ``randrange``, ``random``, ``choice``, ``sample`` and ``shuffle`` use no library's generator.
    ``numpy`` gives a Philox generator, whose raw stream NumPy promises to keep; its distributions
    may change between releases of NumPy, so what validators must agree on to the bit is better
    drawn here.
    """

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._drawn = 0

    def child(self, *parts: bytes | str | int) -> Seeded:
        """A generator of its own for a name: independent of this one and of what it has drawn."""
        encoded = [_encoded(part) for part in parts]
        return Seeded(_hash(b"child", self.seed, *encoded))

    def numpy(self) -> np.random.Generator:
        """A NumPy generator (Philox, keyed by the seed). Each call gives the same one anew."""
        import numpy as np

        key = int.from_bytes(_hash(b"philox", self.seed)[:16], "little")
        return np.random.Generator(np.random.Philox(key=key))

    def randbytes(self, length: int) -> bytes:
        """Random bytes."""
        blocks = bytearray()
        while len(blocks) < length:
            self._drawn += 1
            blocks += _hash(b"draw", self.seed, self._drawn.to_bytes(8, "little"))
        return bytes(blocks[:length])

    def randrange(self, start: int, stop: int | None = None) -> int:
        """A whole number from ``start`` up to but without ``stop`` (or from 0 to ``start``)."""
        low, high = (0, start) if stop is None else (start, stop)
        width = high - low
        if width <= 0:
            raise ValueError(f"an empty range: {low} to {high}")
        size = (width.bit_length() + 7) // 8 + 1
        # Draws beyond the last whole multiple would favour small numbers.
        limit = (1 << 8 * size) // width * width
        while True:
            drawn = int.from_bytes(self.randbytes(size), "little")
            if drawn < limit:
                return low + drawn % width

    def random(self) -> float:
        """A number from 0 up to but without 1, in steps of 2**-53."""
        return (int.from_bytes(self.randbytes(8), "little") >> 11) / (1 << 53)

    def choice(self, items: Sequence[T]) -> T:
        """One of the items. Raises ValueError if there is none."""
        return items[self.randrange(len(items))]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items into a random order, in place."""
        for last in range(len(items) - 1, 0, -1):
            other = self.randrange(last + 1)
            items[last], items[other] = items[other], items[last]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """``count`` different items in random order; all of them where there are fewer."""
        pool = list(items)
        self.shuffle(pool)
        return pool[:count]


class EpochSalt:
    """A validator's own salt for each epoch: secret while it lasts, open to everyone afterwards.

    Miners who know the block cannot tell the tasks without the salt. Its hash is published first,
    so that the validator cannot choose it afterwards. All salts follow from one secret, which the
    validator keeps (in its store); whoever learns one salt learns nothing of the next.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise NeuronError("the secret of salts needs at least 16 bytes")
        self._secret = secret

    @classmethod
    def generate(cls) -> EpochSalt:
        """With a fresh secret."""
        return cls(secrets.token_bytes(32))

    @property
    def secret(self) -> bytes:
        """What to keep."""
        return self._secret

    def salt(self, epoch: int) -> bytes:
        """The 32 bytes of an epoch; for this validator alone."""
        text = b"salt of epoch " + epoch.to_bytes(8, "little")
        return hmac.digest(self._secret, text, "sha256")

    def commitment(self, epoch: int) -> str:
        """What to publish before the epoch: a hash, in hex."""
        return self._published(self.salt(epoch))

    def reveal(self, epoch: int, *, now: int) -> bytes:
        """The salt of an epoch that is over; ``now`` is the epoch under way."""
        if epoch >= now:
            raise NeuronError(f"epoch {epoch} is not over, its salt stays secret")
        return self.salt(epoch)

    @staticmethod
    def matches(commitment: str, salt: bytes) -> bool:
        """Whether a salt is the one that was committed to."""
        return hmac.compare_digest(commitment, EpochSalt._published(salt))

    @staticmethod
    def _published(salt: bytes) -> str:
        return _hash(b"published salt", salt).hex()

    def __repr__(self) -> str:
        return "EpochSalt(...)"


def _encoded(part: bytes | str | int) -> bytes:
    if isinstance(part, bytes):
        return b"b" + part
    return b"s" + part.encode() if isinstance(part, str) else b"i" + str(part).encode()


def _hash(*parts: bytes) -> bytes:
    state = hashlib.blake2b(digest_size=32)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.digest()
