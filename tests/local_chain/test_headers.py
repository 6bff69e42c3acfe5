"""Headers hash as real chains' do, and their roots commit to what they should."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from fake_runtime import FakeRuntime, FakeState, extrinsic
from hypothesis import given
from hypothesis import strategies as st

from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node.header import (
    ZERO_HASH,
    Block,
    Header,
    next_state_root,
    slot_digest,
)
from taokit.local_chain.node.trie_root import EMPTY_ROOT, compact, ordered_trie_root, trie_root


def blake(data: bytes) -> bytes:
    return blake2b(data, digest_size=32).digest()


def test_the_polkadot_genesis_header_has_its_known_hash():
    state_root = bytes.fromhex("29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17")
    header = Header(ZERO_HASH, 0, state_root, EMPTY_ROOT)
    known = "91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3"
    assert header.hash.hex() == known


def test_an_aura_header_encodes_its_parts_in_order():
    logs = [slot_digest(0x0123456789)]
    header = Header(b"\x01" * 32, 300, b"\x02" * 32, b"\x03" * 32, logs)
    assert header.encode() == b"".join(
        [
            b"\x01" * 32,
            bytes.fromhex("b104"),  # compact 300
            b"\x02" * 32,
            b"\x03" * 32,
            bytes.fromhex("04"),  # one log
            bytes.fromhex("0661757261208967452301000000"),
        ]
    )


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (1, "04"),
        (63, "fc"),
        (64, "0101"),
        (16383, "fdff"),
        (16384, "02000100"),
        (2**30 - 1, "feffffff"),
        (2**30, "0300000040"),
        (2**64 - 1, "13ffffffffffffffff"),
    ],
)
def test_compact_numbers(value, encoded):
    assert compact(value).hex() == encoded


def test_the_root_of_nothing_is_the_hash_of_the_empty_node():
    assert ordered_trie_root([]) == trie_root({}) == blake(b"\x00")


@pytest.mark.parametrize("version", [0, 1])
def test_roots_that_smoldot_computes(version):
    one = "7ab18659d3b2789ef2400d107104c7d4fb93d06d9ab6a8b641a5de7c3fecc851"
    assert trie_root({b"abcd": b"hello world"}, version).hex() == one
    foo = "cc561cd59bcef7911ca9d492b69fe05274a28f9c132bb70829b2cc452925e05b"
    assert trie_root({b"foo": b"bar"}, version).hex() == foo
    branch = bytes.fromhex("8012001443031404ff1443081904fe")
    assert trie_root({b"\x48\x19": b"\xfe", b"\x13\x14": b"\xff"}, version) == blake(branch)


def test_the_ordered_root_of_the_host_api_tests():
    values = [b"static", b"even-keeled", b"Future-proofed"]
    known = "d847b86d0219a384d11458e829e9f4f4cce7e3cc2e6dcd0e8a6ad6f12c64a737"
    assert ordered_trie_root(values, 0).hex() == known


def test_the_extrinsics_root_of_a_block_of_a_public_aura_chain():
    body = [bytes.fromhex("280401000b10f28e778c01")]
    known = "c0fa389ae8109dffe61ddd306afddd9035c34aba3a3c70c7f0a1a29c1c86b329"
    assert ordered_trie_root(body, 0).hex() == known


def test_version_1_keeps_the_hash_of_a_long_value_in_the_node():
    long = b"x" * 33
    assert trie_root({b"\xaa": long}, 1) == blake(bytes.fromhex("22aa") + blake(long))
    assert trie_root({b"\xaa": long}, 0) == blake(bytes.fromhex("42aa84") + long)
    edge = b"x" * 32
    assert trie_root({b"\xaa": edge}, 1) == trie_root({b"\xaa": edge}, 0)


@pytest.mark.parametrize(
    ("nibbles", "header"),
    [(62, "7e"), (63, "7f00"), (64, "7f01"), (63 + 254, "7ffe"), (63 + 255, "7fff00")],
)
def test_long_partial_keys_spill_their_length(nibbles, header):
    if nibbles % 2:  # only even keys can be built from bytes: reach odd ones through a branch
        nibbles += 1
        key_a, key_b = b"\x00" * (nibbles // 2 + 0), b"\x10" + b"\x00" * (nibbles // 2 - 1)
        leaf = bytes.fromhex(header) + b"\x00" * (nibbles // 2) + b"\x04v"
        reference = compact(32) + blake(leaf)
        node = bytes.fromhex("800300") + reference + reference
        assert trie_root({key_a: b"v", key_b: b"v"}, 0) == blake(node)
    else:
        key = b"\x00" * (nibbles // 2)
        assert trie_root({key: b"v"}, 0) == blake(bytes.fromhex(header) + key + b"\x04v")


@given(st.dictionaries(st.binary(max_size=5), st.binary(max_size=40), max_size=12), st.data())
def test_any_changed_entry_changes_the_root(entries, data):
    root = trie_root(entries)
    assert trie_root(dict(reversed(entries.items()))) == root
    if entries:
        key = data.draw(st.sampled_from(sorted(entries)))
        assert trie_root({**entries, key: entries[key] + b"!"}) != root
        assert trie_root({k: v for k, v in entries.items() if k != key}) != root


def test_the_state_root_commits_to_parent_and_changes():
    base = next_state_root(ZERO_HASH, {b"a": b"1", b"b": None})
    assert next_state_root(ZERO_HASH, {b"b": None, b"a": b"1"}) == base
    others = [
        next_state_root(b"\x01" * 32, {b"a": b"1", b"b": None}),
        next_state_root(ZERO_HASH, {b"a": b"1"}),
        next_state_root(ZERO_HASH, {b"a": b"1", b"b": b""}),
        next_state_root(ZERO_HASH, {b"a": b"", b"b": None}),
        next_state_root(ZERO_HASH, {b"a1": b"", b"b": None}),
    ]
    assert len({base, *others}) == 6


def chain_of_three(system_version: int = 1) -> NodeChain:
    state = FakeState()
    runtime = FakeRuntime(state, system_version)
    chain = NodeChain(runtime, state, slot_duration_ms=250, clock=ManualClock())
    chain.submit(extrinsic("A", 0))
    chain.seal(3)
    return chain


def test_the_same_history_gives_the_same_hashes():
    assert chain_of_three().head == chain_of_three().head


def test_blocks_link_and_roots_are_those_of_their_bodies():
    chain = chain_of_three()
    for number in range(1, 4):
        block = chain.block(chain.block_hash(number))
        assert isinstance(block, Block)
        header = block.header
        assert header.parent_hash == chain.block_hash(number - 1)
        assert header.extrinsics_root == ordered_trie_root(block.extrinsics, 0)
        assert header.hash == blake(header.encode())
        assert header.number == number


def test_system_version_2_roots_extrinsics_by_state_version_1(monkeypatch):
    long = bytes([40 << 2]) + bytes([0, 5]) + b"n" * 38
    monkeypatch.setattr(FakeRuntime, "inherents", lambda self, *given: [long])
    for system_version, trie_version in [(1, 0), (2, 1)]:
        header = chain_of_three(system_version).header()
        assert header is not None
        assert header.extrinsics_root == ordered_trie_root([long], trie_version)
