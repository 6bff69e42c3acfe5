"""Authorities change when they are told to, and headers tell of it; parents' hashes are kept."""

from __future__ import annotations

from typing import Any

import pytest
from chain_under_test import Chain

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import codec
from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain.frame.call import RuntimeCallCodec
from taokit.local_chain.frame.types import DigestItem
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.grandpa_types import StoredState

NEW = [(bytes([7] * 32), 1), (bytes([8] * 32), 2)]


def change(in_blocks: int, forced: int | None = None) -> dict[str, Any]:
    return {"next_authorities": NEW, "in_blocks": in_blocks, "forced": forced}


def end(chain: Chain) -> list[Any]:
    """Seal the open block; the consensus items of its header."""
    logs = [codec(DigestItem).decode(log) for log in chain.runtime.finalize_block()]
    chain.runtime.overlay.commit_block()
    return [log for log in logs if isinstance(log, DigestItem.Consensus)]


def test_a_change_of_finality_authorities_is_told_at_once_and_made_when_due(chain: Chain) -> None:
    grandpa = chain.runtime.grandpa
    old = grandpa.authorities.get()
    chain.begin_block()
    args = change(1)
    assert (
        chain.refusal(chain.alice, "AdminUtils", "schedule_grandpa_change", **args) == "BadOrigin"
    )
    chain.call(None, "AdminUtils", "schedule_grandpa_change", **args)
    refusal = chain.refusal(None, "AdminUtils", "schedule_grandpa_change", **change(9))
    assert refusal == "ChangePending"
    (told,) = end(chain)
    entries = b"".join(key + weight.to_bytes(8, "little") for key, weight in NEW)
    assert told.engine == b"FRNK"
    assert told.data == b"\x01\x08" + entries + (1).to_bytes(4, "little")
    assert grandpa.authorities.get() == old
    chain.begin_block()
    assert end(chain) == []
    assert grandpa.authorities.get() == NEW
    assert chain.events("Grandpa.NewAuthorities") == [(NEW,)]
    assert grandpa.pending_change.get() is None


def test_a_forced_change_is_not_followed_by_another_too_soon(chain: Chain) -> None:
    chain.begin_block()
    chain.call(None, "AdminUtils", "schedule_grandpa_change", **change(2, forced=5))
    (told,) = end(chain)
    assert told.data[:5] == b"\x02" + (5).to_bytes(4, "little")
    assert chain.runtime.grandpa.next_forced.get() == 1 + 2 * 2
    chain.run_block(2)
    chain.begin_block()
    refusal = chain.refusal(None, "AdminUtils", "schedule_grandpa_change", **change(0, 1))
    assert refusal == "TooSoon"
    chain.end_block()
    chain.begin_block()
    chain.call(None, "AdminUtils", "schedule_grandpa_change", **change(0, 1))
    chain.end_block()


def test_blocks_beyond_32_bits_wrap_around(chain: Chain) -> None:
    chain.begin_block()
    chain.call(None, "AdminUtils", "schedule_grandpa_change", **change(2**32 - 1, forced=5))
    chain.end_block()
    assert chain.runtime.grandpa.next_forced.get() == 2**32 - 1


@pytest.mark.parametrize(
    ("pending", "then", "event", "log"),
    [
        (StoredState.PendingPause(1, 0), StoredState.Paused(), "Grandpa.Paused", b"\x04"),
        (StoredState.PendingResume(1, 0), StoredState.Live(), "Grandpa.Resumed", b"\x05"),
    ],
)
def test_pausing_and_resuming_are_settled_when_due(
    chain: Chain, pending: Any, then: Any, event: str, log: bytes
) -> None:
    chain.begin_block()
    chain.runtime.grandpa.state.put(pending)
    (told,) = end(chain)
    assert told.data == log + bytes(4)
    assert chain.runtime.grandpa.state.get() == then
    assert chain.events(event) == [()]


def test_stalled_finality_is_noted_by_root(chain: Chain) -> None:
    args = {"delay": 10, "best_finalized_block_number": 3}
    assert chain.refusal(chain.alice, "Grandpa", "note_stalled", **args) == "BadOrigin"
    chain.call(None, "Grandpa", "note_stalled", **args)
    assert chain.runtime.grandpa.stalled.get() == (10, 3)


@pytest.mark.parametrize("index", [0, 1])
def test_an_equivocation_cannot_be_reported_for_its_proof_has_no_bytes(index: int) -> None:
    vote = bytes(32 + 4 + 64)
    proof = bytes(8) + b"\x00" + bytes(8 + 32) + vote + vote
    with pytest.raises(DecodeError, match="no value is of this type"):
        RuntimeCallCodec.shared.decode(bytes([4, index]) + proof + b"\x00" * 8)


def test_other_authors_are_told_in_the_header_and_none_changes_nothing(chain: Chain) -> None:
    chain.begin_block()
    authors = [bytes([5] * 32)]
    call = ("AdminUtils", "swap_authorities")
    assert chain.refusal(chain.alice, *call, new_authorities=authors) == "BadOrigin"
    chain.call(None, *call, new_authorities=authors)
    chain.call(None, *call, new_authorities=[])
    (told,) = end(chain)
    assert (told.engine, told.data) == (b"aura", b"\x01\x04" + authors[0])
    assert chain.runtime.aura.authorities.get() == authors


def test_the_evms_chain_id_is_kept_under_the_real_key(chain: Chain) -> None:
    key = storage_prefix("EVMChainId", "ChainId")
    assert chain.runtime.overlay.get_raw(key) == (42).to_bytes(8, "little")
    call = ("AdminUtils", "sudo_set_evm_chain_id")
    assert chain.refusal(chain.alice, *call, chain_id=964) == "BadOrigin"
    chain.call(None, *call, chain_id=964)
    chain.run_block()
    assert chain.runtime.overlay.get_raw(key) == (964).to_bytes(8, "little")


def test_the_last_81_parents_are_the_random_material() -> None:
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    blocks = chain.seal(83)
    raw = chain.storage(storage_prefix("RandomnessCollectiveFlip", "RandomMaterial"))
    assert raw is not None
    assert raw[:2] == (81 << 2 | 1).to_bytes(2, "little")
    hashes = [raw[i : i + 32] for i in range(2, len(raw), 32)]
    # Blocks 82 and 83 replaced the genesis hash and block 1's by the hashes of 81 and 82.
    parents = [chain.genesis_hash, *(block.hash for block in blocks)]
    assert hashes == [parents[81], parents[82], *parents[2:81]]
