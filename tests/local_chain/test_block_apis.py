"""Runtime APIs over blocks: a block executes over its parent's state, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from shielding import ALICE, signed, transfer

from taokit.chain_client.scale import Bytes, Option, codec, u64
from taokit.local_chain.block_types import (
    BlockType,
    CheckInherentsResult,
    HeaderType,
    InherentData,
    extrinsic_bodies,
)
from taokit.local_chain.errors import ExecutionFailed
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig

BOB = bytes.fromhex("8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48")


@pytest.fixture
def chain() -> NodeChain:
    return open_chain(NodeConfig(block_time="manual"), ManualClock())


def block_of(chain: NodeChain, number: int) -> BlockType:
    hash = chain.block_hash(number)
    block = chain.block(hash)
    assert block is not None
    return BlockType(HeaderType.of(block.header), extrinsic_bodies(block.extrinsics))


def execute(chain: NodeChain, block: BlockType, at: int) -> None:
    data = codec(BlockType).encode(block)
    assert chain.call("Core_execute_block", data, chain.block_hash(at)) == b""


def test_every_sealed_block_executes_over_its_parent(chain: NodeChain) -> None:
    for nonce in range(3):
        chain.submit(signed(chain, transfer(BOB, 10**9), nonce))
        chain.seal()
    head = chain.head
    for number in (1, 2, 3):
        execute(chain, block_of(chain, number), number - 1)
    assert chain.head == head
    chain.seal()  # the head's own state is untouched
    execute(chain, block_of(chain, 4), 3)


def other_root(block: BlockType) -> BlockType:
    return block.replace(header=block.header.replace(state_root=bytes(32)))


def other_body(block: BlockType) -> BlockType:
    return block.replace(header=block.header.replace(extrinsics_root=bytes(32)))


def without_digest(block: BlockType) -> BlockType:
    return block.replace(header=block.header.replace(digest=block.header.digest.replace(logs=[])))


def without_inherents(block: BlockType) -> BlockType:
    return block.replace(extrinsics=block.extrinsics[2:])


def inherents_last(block: BlockType) -> BlockType:
    first, second, *rest = block.extrinsics
    return block.replace(extrinsics=[first, *rest, second])


def twice(block: BlockType) -> BlockType:
    return block.replace(extrinsics=[*block.extrinsics, block.extrinsics[-1]])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (other_root, "Storage root"),
        (other_body, "Transaction trie root"),
        (without_digest, "Storage root"),
        (without_inherents, "timestamp"),
        (inherents_last, "InvalidInherentPosition"),
        (twice, "ApplyExtrinsic"),
    ],
)
def test_a_block_that_was_changed_does_not_execute(chain: NodeChain, change: Any, why: str) -> None:
    chain.submit(signed(chain, transfer(BOB, 10**9), 0))
    chain.seal()
    with pytest.raises(ExecutionFailed, match=why):
        execute(chain, change(block_of(chain, 1)), 0)


def test_a_block_does_not_execute_over_another_state(chain: NodeChain) -> None:
    chain.seal(4)
    with pytest.raises(ExecutionFailed, match="time must advance"):
        execute(chain, block_of(chain, 2), 3)
    with pytest.raises(ExecutionFailed, match="Storage root"):
        execute(chain, block_of(chain, 4), 1)


def test_a_header_begins_a_block_and_nothing_of_it_stays(chain: NodeChain) -> None:
    chain.seal(2)
    header = codec(HeaderType).encode(block_of(chain, 2).header)
    assert chain.call("Core_initialize_block", header, chain.block_hash(1)) == b"\x00"
    genesis = codec(HeaderType).encode(block_of(chain, 2).header.replace(number=0))
    with pytest.raises(ExecutionFailed, match="Parent hash"):
        chain.call("Core_initialize_block", genesis)


def test_no_block_is_open_to_be_ended_over_a_sealed_state(chain: NodeChain) -> None:
    chain.seal()
    with pytest.raises(ExecutionFailed, match="timestamp"):
        chain.call("BlockBuilder_finalize_block")


def brought(time_ms: int, **more: bytes) -> bytes:
    data = {b"timstap0": codec(u64).encode(time_ms)}
    if "key" in more:
        data[b"shieldpk"] = codec(Option[Bytes]).encode(more["key"])
    return codec(InherentData).encode(InherentData(data))


def test_inherents_are_made_of_what_a_node_brings(chain: NodeChain) -> None:
    chain.seal()
    one = chain.call("BlockBuilder_inherent_extrinsics", brought(10**13))
    two = chain.call("BlockBuilder_inherent_extrinsics", brought(10**13, key=bytes(1184)))
    assert one[0] == 1 << 2
    assert two[0] == 2 << 2
    assert bytes(1184) in two
    with pytest.raises(ExecutionFailed, match="must be provided"):
        chain.call("BlockBuilder_inherent_extrinsics", b"\x00")


def test_a_blocks_time_is_neither_before_its_parent_nor_far_ahead_of_the_clock(
    chain: NodeChain,
) -> None:
    chain.seal(2)
    block = codec(BlockType).encode(block_of(chain, 2))
    parent = chain.block_hash(1)
    now = chain.next_timestamp_ms() - chain.slot_duration_ms

    def check(time_ms: int, at: bytes | None) -> CheckInherentsResult:
        answer = chain.call("BlockBuilder_check_inherents", block + brought(time_ms), at)
        return codec(CheckInherentsResult).decode(answer)

    assert check(now, parent).okay
    assert check(now - 30_000, parent).okay
    ahead = check(now - 30_001, parent)
    assert (ahead.okay, ahead.fatal_error) == (False, True)
    assert ahead.errors.data == {b"timstap0": b"\x01"}
    assert check(now, None).errors.data == {b"timstap0": b"\x00"}


def test_keys_come_from_a_seed_and_come_apart_again(chain: NodeChain) -> None:
    seed = codec(Option[Bytes]).encode(b"//Alice")
    keys = codec(Bytes).decode(chain.call("SessionKeys_generate_session_keys", seed))
    assert keys[:32] == bytes(ALICE.public_key)
    assert keys[32:].hex() == "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee"
    apart = chain.call("SessionKeys_decode_session_keys", codec(Bytes).encode(keys))
    assert apart == b"\x01\x08\x80" + keys[:32] + b"aura\x80" + keys[32:] + b"gran"
    short = codec(Bytes).encode(keys[:63])
    assert chain.call("SessionKeys_decode_session_keys", short) == b"\x00"
    with pytest.raises(ExecutionFailed, match="keeps no keys"):
        chain.call("SessionKeys_generate_session_keys", b"\x00")


def test_a_genesis_configuration_is_checked_whole(chain: NodeChain) -> None:
    default = codec(Option[Bytes]).decode(chain.call("GenesisBuilder_get_preset", b"\x00"))
    assert default is not None

    def build(text: bytes) -> bytes:
        return chain.call("GenesisBuilder_build_state", codec(Bytes).encode(text))

    assert build(default) == b"\x00"
    assert build(b"{")[:1] == b"\x01"
    assert b"unknown field `tokens`" in build(default.replace(b'"system"', b'"tokens"'))
    assert b"missing field `system`" in build(b"{}")
    authorities = default.replace(b'"aura":{"authorities":[]', b'"aura":{"authorities":["x"]')
    with pytest.raises(ExecutionFailed, match="already initialized"):
        build(authorities)
    assert chain.call("GenesisBuilder_preset_names") == b"\x04\x24benchmark"
    named = chain.call("GenesisBuilder_get_preset", b"\x01\x24benchmark")
    assert named[3:].startswith(b'{\n      "aura": {\n        "authorities": [\n          "5Grwva')
    assert chain.call("GenesisBuilder_get_preset", b"\x01\x08no") == b"\x00"


def test_babe_tells_of_an_empty_epoch(chain: NodeChain) -> None:
    one_in_four = (1).to_bytes(8, "little") + (4).to_bytes(8, "little")
    epoch = bytes(24) + b"\x00" + bytes(32) + one_in_four + b"\x02"
    assert chain.call("BabeApi_current_epoch") == epoch
    assert chain.call("BabeApi_next_epoch") == epoch
    configuration = bytes(16) + one_in_four + b"\x00" + bytes(32) + b"\x02"
    assert chain.call("BabeApi_configuration") == configuration
    assert chain.call("BabeApi_current_epoch_start") == bytes(8)
    assert chain.call("BabeApi_generate_key_ownership_proof", bytes(40)) == b"\x00"


def test_finality_has_no_proofs_of_key_ownership(chain: NodeChain) -> None:
    assert chain.call("GrandpaApi_generate_key_ownership_proof", bytes(40)) == b"\x00"


def test_a_weight_and_a_length_cost_the_same_by_both_apis(chain: NodeChain) -> None:
    for api in ("TransactionPaymentApi", "TransactionPaymentCallApi"):
        weight = b"\x02\x09\x3d\x00" + b"\x00"  # 1_000_000 ps
        assert chain.call(f"{api}_query_weight_to_fee", weight) == (500).to_bytes(8, "little")
        length = (7).to_bytes(4, "little")
        assert chain.call(f"{api}_query_length_to_fee", length) == (7).to_bytes(8, "little")
