"""Runtime APIs that begin, end, check and execute blocks: `Core`, `BlockBuilder`, offchain work.

A runtime call leaves no trace, so a block can be executed whole in one call, and only so. What the
real runtime answers with a panic is `ExecutionFailed` here, in its words.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Bytes, Unit, Vec, codec, u64
from taokit.local_chain.block_types import (
    BlockType,
    CheckInherentsResult,
    ExtrinsicInclusionMode,
    HeaderType,
    InherentData,
)
from taokit.local_chain.errors import ExecutionFailed
from taokit.local_chain.extensions import OpaqueExtrinsic
from taokit.local_chain.frame.errors import Invalid
from taokit.local_chain.frame.extrinsic import Extrinsic, with_length
from taokit.local_chain.frame.pallet import runtime_api
from taokit.local_chain.frame.runtime import ApplyResult, RuntimeBase
from taokit.local_chain.frame.types import DigestItem
from taokit.local_chain.node.header import Header, next_state_root
from taokit.local_chain.node.trie_root import EMPTY_ROOT, ordered_trie_root
from taokit.local_chain.pallets.drand import Drand
from taokit.local_chain.pallets.system import System
from taokit.local_chain.pallets.timestamp import Timestamp
from taokit.local_chain.version import RUNTIME_VERSION

BODY_VERSION = 1 if RUNTIME_VERSION.system_version >= 2 else 0
"""State version of the trie over a block's extrinsics."""
TIMESTAMP = b"timstap0"
SHIELD_KEY = b"shieldpk"
MAX_DRIFT_MS = 30_000
TOO_EARLY, TOO_FAR_IN_FUTURE = b"\x00", b"\x01"


class BlockApis(RuntimeBase):
    """Blocks, as a node builds and imports them."""

    system: System
    timestamp: Timestamp
    drand: Drand
    head_root: bytes | None

    @abstractmethod
    def initialize_block(
        self, number: int, parent_hash: bytes, digest_logs: Sequence[bytes]
    ) -> None:
        """Begin block `number`."""

    @abstractmethod
    def apply_extrinsic(self, extrinsic: bytes) -> ApplyResult:
        """Apply one extrinsic of the block."""

    @abstractmethod
    def finalize_block(self) -> list[bytes]:
        """End the block; the digest of its header."""

    @abstractmethod
    def inherents(self, timestamp_ms: int, shield_key: bytes | None = None) -> list[bytes]:
        """The bare extrinsics that open the block."""

    @abstractmethod
    def fresh(self) -> BlockApis:
        """A runtime of its own over the same sealed state, to be thrown away."""

    # -- Core ----------------------------------------------------------------------------

    @runtime_api("Core", "initialize_block", version=5)
    def api_initialize_block(self, header: HeaderType) -> ExtrinsicInclusionMode:
        """Begin the block of a header; every extrinsic may go in."""
        self._begin(header)
        return ExtrinsicInclusionMode.AllExtrinsics

    @runtime_api("Core", version=5)
    def execute_block(self, block: BlockType) -> Unit:
        """Execute a block over this state, its parent's. Fails unless its header comes out.

        State roots are this chain's own (decision 4): a block of another chain never fits.
        """
        runtime = self.fresh()
        runtime.drand.replaying = True
        runtime.execute(block)
        changes = runtime.overlay.take_changes()
        header = block.header
        if runtime.system.logs() != header.logs():
            raise ExecutionFailed("Digest item must match that calculated.")
        if self.head_root is None or header.state_root != next_state_root(self.head_root, changes):
            raise ExecutionFailed("Storage root must match that calculated.")
        body = [with_length(extrinsic) for extrinsic in block.extrinsics]
        if header.extrinsics_root != ordered_trie_root(body, BODY_VERSION):
            raise ExecutionFailed("Transaction trie root must be valid.")
        return ()

    def _begin(self, header: HeaderType) -> None:
        if not header.number:
            raise ExecutionFailed("Parent hash should be valid.")
        before = [item for item in header.digest.logs if isinstance(item, DigestItem.PreRuntime)]
        logs = [codec(DigestItem).encode(item) for item in before]
        self.initialize_block(header.number, header.parent_hash, logs)

    def execute(self, block: BlockType) -> None:
        """Begin a block, apply its extrinsics in order, inherents first, and end it."""
        self._begin(block.header)
        inherents_over = False
        for position, body in enumerate(block.extrinsics):
            extrinsic = with_length(body)
            inherent = self._decoded_inherent(extrinsic) is not None
            if inherent and inherents_over:
                raise ExecutionFailed(f"InvalidInherentPosition({position})")
            inherents_over = not inherent
            result = self.apply_extrinsic(extrinsic)
            if not result.included:
                raise ExecutionFailed(f"ApplyExtrinsic({result.invalid})")
        self.finalize_block()

    # -- BlockBuilder --------------------------------------------------------------------

    @runtime_api("BlockBuilder", "finalize_block", version=6)
    def api_finalize_block(self) -> HeaderType:
        """End the block that was begun over this state, and give its header.

        Sealed states have no open block: the end then fails for want of a timestamp, as the real
        runtime's does.
        """
        runtime = self.fresh()
        system = runtime.system
        number, parent = system.block_number(), system.parent_hash.get()
        system.resume()
        logs = runtime.finalize_block()
        root = next_state_root(self.head_root or bytes(32), runtime.overlay.take_changes())
        return HeaderType.of(Header(parent, number, root, EMPTY_ROOT, logs))

    @runtime_api("BlockBuilder", version=6)
    def inherent_extrinsics(self, inherent: InherentData) -> Vec[OpaqueExtrinsic]:
        """The extrinsics that open a block, made from what a node brings."""
        earliest = self.timestamp.now.get() + self.timestamp.minimum_period
        made = self.inherents(max(_time(inherent), earliest), _shield_key(inherent))
        if SHIELD_KEY not in inherent.data:
            made = made[:1]
        return [codec(Bytes).decode(extrinsic) for extrinsic in made]

    @runtime_api("BlockBuilder", version=6)
    def check_inherents(self, block: BlockType, data: InherentData) -> CheckInherentsResult:
        """Whether a block's time is later than its parent's, and not far ahead of a node's."""
        for body in block.extrinsics:
            inherent = self._decoded_inherent(with_length(body))
            if inherent is None:
                break
            if inherent.call.pallet is Timestamp:
                wrong = self._wrong_time(inherent.call["now"], _time(data))
                if wrong is not None:
                    return CheckInherentsResult(False, True, InherentData({TIMESTAMP: wrong}))
        return CheckInherentsResult(True, False, InherentData({}))

    def _wrong_time(self, now: int, clock: int) -> bytes | None:
        if now > clock + MAX_DRIFT_MS:
            return TOO_FAR_IN_FUTURE
        if now < self.timestamp.now.get() + self.timestamp.minimum_period:
            return TOO_EARLY
        return None

    def _decoded_inherent(self, extrinsic: bytes) -> Extrinsic | None:
        try:
            decoded = self.decode(extrinsic)
        except (DecodeError, Invalid):
            return None
        return decoded if self.is_inherent(decoded) else None

    # -- offchain work -------------------------------------------------------------------

    @runtime_api("OffchainWorkerApi", version=2)
    def offchain_worker(self, header: HeaderType) -> Unit:
        """Nothing is left to do: the node itself brings what workers fetch, drand's pulses."""
        return ()


def _time(data: InherentData) -> int:
    raw = data.data.get(TIMESTAMP)
    if raw is None:
        raise ExecutionFailed("Timestamp inherent data must be provided")
    return codec(u64).decode(raw)


def _shield_key(data: InherentData) -> bytes | None:
    """The optional key that is brought; none, if it cannot be read."""
    raw = data.data.get(SHIELD_KEY, b"\0")
    return None if raw[:1] == b"\0" else codec(Bytes).decode(raw[1:])
