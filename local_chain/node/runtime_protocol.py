"""What the node asks of a runtime and of the state under it.

Owns the two protocols and the small values that cross them. Does not own any rule of the chain:
the runtime behind it may be the real one or a test's.

Everywhere below an ``extrinsic`` is the whole wire form, its compact length prefix included, and
an account's nonce is announced by the tag `account id (32 bytes) + nonce (u32, little endian)`,
which is what FRAME's `CheckNonce` provides and requires.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from taokit.local_chain.node.outside import NOTHING, Outside

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from taokit.local_chain.node.header import Block
    from taokit.local_chain.shielded import ShieldedParts
    from taokit.local_chain.state.history import History

__all__ = [
    "ApplyResult",
    "Changes",
    "InvalidTransaction",
    "Journal",
    "Runtime",
    "RuntimeState",
    "ValidTransaction",
    "is_invalid",
    "nonce_tag",
]

Changes = Mapping[bytes, "bytes | None"]
"""What a block changed: raw key to its new raw value, None where the key was deleted."""


def nonce_tag(account: bytes, nonce: int) -> bytes:
    """The tag that an extrinsic of `account` with this `nonce` provides."""
    return account + nonce.to_bytes(4, "little")


class InvalidTransaction(Protocol):
    """Why an extrinsic cannot be included now.

    ``kind`` is a variant of `sp_runtime::InvalidTransaction` ("Payment", "Stale", "Custom", ...)
    or of `UnknownTransaction` ("CannotLookup", "NoUnsignedValidator"). ``custom`` is the code of
    `Custom`, else None.
    """

    @property
    def kind(self) -> str: ...

    @property
    def custom(self) -> int | None: ...


class ValidTransaction(Protocol):
    """A valid extrinsic as the pool sees it (`sp_runtime::ValidTransaction`).

    ``longevity`` is in blocks from the head it was validated at.
    """

    @property
    def provides(self) -> Sequence[bytes]: ...

    @property
    def requires(self) -> Sequence[bytes]: ...

    @property
    def priority(self) -> int: ...

    @property
    def longevity(self) -> int: ...


class ApplyResult(Protocol):
    """What became of an extrinsic in a block.

    Not ``included`` means that nothing of it happened, and ``invalid`` says why. One that is
    included may still have failed inside: that is for its events to tell, not for the node.
    """

    @property
    def included(self) -> bool: ...

    @property
    def invalid(self) -> InvalidTransaction | None: ...


def is_invalid(verdict: ValidTransaction | InvalidTransaction) -> TypeIs[InvalidTransaction]:
    """Whether `Runtime.validate` refused."""
    return hasattr(verdict, "kind")


class Runtime(Protocol):
    """The state transition function, bound to one state.

    ``head_hash`` is the hash of the block whose state it is, ``head_root`` the state root in its
    header; the node tells both.
    """

    head_hash: bytes | None
    head_root: bytes | None

    def version(self) -> dict[str, Any]:
        """`RuntimeVersion` in the JSON form of `state_getRuntimeVersion`."""

    def metadata(self, version: int) -> bytes | None:
        """Metadata bytes beginning with `meta`, or None for a version not offered."""

    def genesis(self) -> None:
        """Write the genesis state."""

    def initialize_block(
        self, number: int, parent_hash: bytes, digest_logs: Sequence[bytes]
    ) -> None:
        """Begin block `number`; the logs are SCALE digest items known before execution."""

    def inherents(self, timestamp_ms: int, shield_key: bytes | None = None) -> Sequence[bytes]:
        """The bare extrinsics that open the block, `Timestamp.set` first.

        ``shield_key`` is what the author announces for shielded extrinsics.
        """

    def shielded(self, extrinsic: bytes) -> ShieldedParts | None:
        """The ciphertext of an extrinsic that carries another one; None for any other."""

    def unshielded(self, plaintext: bytes) -> tuple[bytes, bytes] | None:
        """The signed extrinsic that was encrypted, and the tag that it provides; None if none."""

    def next_due(self, number: int) -> int | None:
        """The first block from `number` on that has to be made whole, if no extrinsic comes.

        Those before it may be passed over; None if all may.
        """

    def pass_over(
        self, numbers: range, parent_hash: bytes, timestamp_ms: int, slot_ms: int
    ) -> None:
        """What blocks of these numbers do by themselves, the first of them at that time.

        They have no extrinsics and are never sealed; ``parent_hash`` is the last block's.
        """

    def apply_extrinsic(self, extrinsic: bytes) -> ApplyResult:
        """Apply one extrinsic; leaves no trace if it is not included."""

    def finalize_block(self) -> Sequence[bytes]:
        """End the block; returns the digest of its header, the logs given first."""

    def validate(self, extrinsic: bytes, head_hash: bytes) -> ValidTransaction | InvalidTransaction:
        """Check an extrinsic for the block after the head; changes nothing.

        ``head_hash`` is the hash of the head, which the state itself learns with the next block.
        Bytes that do not decode raise a `TaokitError` that says where.
        """

    def call(self, method: str, data: bytes) -> bytes:
        """Run a runtime API method on SCALE arguments; raises `UnknownRuntimeApi`.

        Malformed arguments raise `ExecutionFailed`. Writes made by the method are dropped.
        """

    def at(self, number: int) -> Runtime:
        """A read-only runtime over the state after block `number`."""


class Journal(Protocol):
    """Where blocks are kept beside memory."""

    def append(self, block: Block, changes: Changes, outside: Outside = NOTHING) -> None:
        """Keep the next block, what it changed, and what came into it by no extrinsic.

        Raises a `LocalChainError` if it cannot.
        """

    def truncate(self, number: int) -> None:
        """Forget every block above `number`."""


class RuntimeState(Protocol):
    """The raw state under a runtime: the unsealed head over the history of sealed blocks."""

    @property
    def history(self) -> History:
        """The sealed blocks' state."""

    def open_block(self) -> None:
        """A block begins: nothing written before it is taken back any more, but with all of it."""

    def skip(self, count: int) -> None:
        """The next block that is committed has a number so much higher."""

    def commit_block(self) -> Changes:
        """Seal what is unsealed as the next block (genesis is block 0); returns what changed."""

    def discard_block(self) -> None:
        """Drop everything unsealed."""

    def raw_get(self, key: bytes, at: int) -> bytes | None:
        """The value of `key` after block `at`."""

    def raw_keys(
        self, prefix: bytes, start: bytes | None, count: int | None, at: int
    ) -> list[bytes]:
        """Up to `count` keys under `prefix` after `start` (exclusive), in byte order."""

    def raw_put(self, key: bytes, value: bytes | None) -> None:
        """Write to the unsealed head, outside of any extrinsic; None deletes."""

    def unsealed(self) -> Changes:
        """Everything that was written since the last sealed block."""

    def layer(self) -> History:
        """Lay the blocks to come on those until now, which are returned and stay as they are."""

    def fall_back(self, kept: History) -> Collection[bytes]:
        """Drop what was laid on `kept`, and what is unsealed; the raw keys that it had changed."""

    def revert_to(self, number: int) -> None:
        """Drop what is unsealed, and every block above `number`."""

    def join(self, kept: History) -> None:
        """Make one of `kept` and of what was laid on it first."""
