"""MevShield by the expectations of the runtime's own tests, and the node that decrypts."""

from __future__ import annotations

import hashlib

import pytest
from chain_under_test import Chain
from cryptography.hazmat.primitives.asymmetric import mlkem
from shielding import ALICE, encrypt, key_at_head, signed, submit_encrypted, transfer

from taokit.chain_client.scale import Compact, codec, u32
from taokit.chain_client.storage_keys import twox_128
from taokit.local_chain.errors import PoolError
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import NONE
from taokit.local_chain.frame.weight import Weight
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node.shield_keys import KEPT, PERIOD_MS, ShieldKeys
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.mev_shield import MAX_ON_INITIALIZE_WEIGHT, MevShield
from taokit.local_chain.pallets.system import System
from taokit.local_chain.shielded import ShieldedParts

START_MS = 1_700_000_000_000
ONE, TWO, THREE = (bytes([number]) * 32 for number in (1, 2, 3))
NOBODY = b"\x77" * 32


def key_of(number: int) -> bytes:
    return bytes([number]) * 1184


def announce(chain: Chain, key: bytes | None, slot: int) -> None:
    chain.runtime.aura.current_slot.put(slot)
    chain.runtime.system.number.put(slot)
    chain.runtime.dispatch(Call(MevShield, MevShield.calls[0], (key,)), NONE)


# -- the rotation of keys ------------------------------------------------------------------------


def test_keys_rotate_between_three_authors(chain: Chain) -> None:
    shield = chain.runtime.mev_shield
    chain.runtime.aura.authorities.put([THREE, ONE, TWO])  # slot 1 is One's
    expected = {  # block: announced, current, pending, next
        1: (1, None, None, None),
        2: (2, None, None, 1),
        3: (3, None, 1, 2),
        4: (4, 1, 2, 3),
        5: (5, 2, 3, 4),
    }
    for block, (announced, *keys) in expected.items():
        announce(chain, key_of(announced), block)
        stored = (shield.current_key.get(), shield.pending_key.get(), shield.next_key.get())
        assert stored == tuple(key and key_of(key) for key in keys)
        author = (THREE, ONE, TWO)[block % 3]
        assert shield.author_keys.get(author) == key_of(announced)
        _, pending, later = keys
        assert shield.pending_key_expires_at.get() == (block + 2 if pending else None)
        assert shield.next_key_expires_at.get() == (block + 3 if later else None)
        if pending:
            assert shield.is_shielded_using_current_key(twox_128(key_of(pending)))
        if later:
            assert not shield.is_shielded_using_current_key(twox_128(key_of(later)))


def test_without_a_key_the_author_drops_out_and_the_key_dries_up(chain: Chain) -> None:
    shield = chain.runtime.mev_shield
    chain.runtime.aura.authorities.put([ONE, TWO])
    announce(chain, key_of(1), 0)
    announce(chain, None, 2)
    assert shield.author_keys.get(ONE) is None
    assert shield.next_key.get() == key_of(1)
    announce(chain, None, 4)
    assert shield.pending_key.get() == key_of(1)
    assert (shield.next_key.get(), shield.next_key_expires_at.get()) == (None, None)


@pytest.mark.parametrize("length", [0, 1, 1183, 1185])
def test_a_key_of_another_length_is_refused_and_nothing_rotates(chain: Chain, length: int) -> None:
    shield = chain.runtime.mev_shield
    shield.pending_key.put(key_of(9))
    with pytest.raises(MevShield.Error.BadEncKeyLen):
        announce(chain, bytes(length), 1)
    assert shield.pending_key.get() == key_of(9)
    assert shield.current_key.get() is None


def test_a_key_needs_an_author(chain: Chain) -> None:
    chain.runtime.aura.authorities.put([])
    with pytest.raises(MevShield.Error.Unreachable):
        announce(chain, key_of(1), 1)


def test_only_the_author_announces(chain: Chain) -> None:
    assert chain.refusal(chain.alice, "MevShield", "announce_next_key", enc_key=None) == "BadOrigin"
    assert chain.refusal(None, "MevShield", "announce_next_key", enc_key=None) == "BadOrigin"


# -- calls ---------------------------------------------------------------------------------------


def test_submitting_tells_the_hash_of_sender_and_ciphertext(chain: Chain) -> None:
    sealed = b"\xaa" * 64
    chain.call(chain.alice, "MevShield", "submit_encrypted", ciphertext=sealed)
    hashed = chain.alice + codec(Compact[u32]).encode(64) + sealed
    expected = hashlib.blake2b(hashed, digest_size=32).digest()
    assert chain.events("MevShield.EncryptedSubmitted") == [(expected, chain.alice)]
    assert chain.refusal(None, "MevShield", "submit_encrypted", ciphertext=sealed) == "BadOrigin"


def store(chain: Chain, count: int = 1) -> None:
    for number in range(count):
        chain.call(chain.alice, "MevShield", "store_encrypted", encrypted_call=bytes([number]))


def test_stored_calls_are_numbered_and_limited(chain: Chain) -> None:
    shield = chain.runtime.mev_shield
    chain.call(None, "MevShield", "set_max_pending_extrinsics_number", value=2)
    store(chain, 2)
    assert chain.events("MevShield.ExtrinsicStored") == [(0, chain.alice), (1, chain.alice)]
    refusal = chain.refusal(chain.alice, "MevShield", "store_encrypted", encrypted_call=b"\x03")
    assert refusal == "TooManyPendingExtrinsics"
    assert (shield.pending_count.get(), shield.next_pending_index.get()) == (2, 2)


def test_stored_calls_are_dropped_in_the_next_block_since_nothing_decrypts_them(
    chain: Chain,
) -> None:
    shield = chain.runtime.mev_shield
    chain.begin_block()
    store(chain, 2)
    chain.end_block()
    chain.run_block()
    assert chain.events("MevShield.ExtrinsicDecodeFailed") == [(0,), (1,)]
    assert shield.pending_count.get() == 0
    assert not list(shield.pending_extrinsics.keys())
    assert shield.next_pending_index.get() == 2


@pytest.fixture
def decrypting(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """A chain that decrypts stored bytes as a call in the clear.

    Without the weight of the guards: a stored call may have no proof, and theirs is some.
    """
    codec_of_calls = RuntimeCallCodec.shared
    monkeypatch.setattr(codec_of_calls, "added_weight", lambda call: Weight())
    monkeypatch.setattr(chain.runtime.mev_shield, "decrypt", lambda raw: codec_of_calls.decode(raw))
    return chain


def store_call(chain: Chain, name: str, *args: object) -> None:
    spec = next(spec for spec in System.calls.values() if spec.name == name)
    raw = RuntimeCallCodec.shared.encode(Call(System, spec, args))
    chain.call(chain.alice, "MevShield", "store_encrypted", encrypted_call=raw)


def test_a_decrypted_call_runs_as_who_stored_it(decrypting: Chain) -> None:
    store_call(decrypting, "remark_with_event", b"hello")
    store_call(decrypting, "set_storage", [])  # root's
    decrypting.begin_block()
    (remarked,) = decrypting.events("System.Remarked")
    assert remarked[0] == decrypting.alice
    assert decrypting.events("MevShield.ExtrinsicDispatched") == [(0,)]
    ((index, failure),) = decrypting.events("MevShield.ExtrinsicDispatchFailed")
    assert index == 1
    assert isinstance(failure, DispatchError)
    assert failure.name == "BadOrigin"
    assert decrypting.runtime.mev_shield.pending_count.get() == 0


def test_a_call_that_is_too_heavy_is_dropped_and_one_without_room_waits(decrypting: Chain) -> None:
    shield = decrypting.runtime.mev_shield
    decrypting.call(None, "MevShield", "set_max_extrinsic_weight", value=0)
    store_call(decrypting, "remark", b"")
    decrypting.run_block()
    assert decrypting.events("MevShield.ExtrinsicWeightExceeded") == [(0,)]
    decrypting.call(None, "MevShield", "set_max_extrinsic_weight", value=50_000_000_000)
    decrypting.call(None, "MevShield", "set_on_initialize_weight", value=1)
    store_call(decrypting, "remark", b"")
    decrypting.run_block()
    assert decrypting.events("MevShield.ExtrinsicPostponed") == [(1,)]
    assert shield.pending_count.get() == 1
    decrypting.run_block(9)
    assert shield.pending_count.get() == 1
    decrypting.run_block()
    assert decrypting.events("MevShield.ExtrinsicExpired") == [(1,)]
    assert shield.pending_count.get() == 0


@pytest.mark.parametrize(
    ("name", "item", "event", "most"),
    [
        (
            "set_max_pending_extrinsics_number",
            "max_pending_extrinsics",
            "MaxPendingExtrinsicsNumberSet",
            None,
        ),
        (
            "set_on_initialize_weight",
            "on_initialize_weight",
            "OnInitializeWeightSet",
            MAX_ON_INITIALIZE_WEIGHT,
        ),
        ("set_stored_extrinsic_lifetime", "extrinsic_lifetime", "ExtrinsicLifetimeSet", None),
        (
            "set_max_extrinsic_weight",
            "max_extrinsic_weight",
            "MaxExtrinsicWeightSet",
            MAX_ON_INITIALIZE_WEIGHT,
        ),
    ],
)
def test_settings_are_roots(
    chain: Chain, name: str, item: str, event: str, most: int | None
) -> None:
    assert chain.refusal(chain.alice, "MevShield", name, value=7) == "BadOrigin"
    chain.call(None, "MevShield", name, value=most or 7)
    assert getattr(chain.runtime.mev_shield, item).get() == (most or 7)
    assert chain.events(f"MevShield.{event}") == [(most or 7,)]
    if most:
        refusal = chain.refusal(None, "MevShield", name, value=most + 1)
        assert refusal == "WeightExceedsAbsoluteMax"


# -- the ciphertext ------------------------------------------------------------------------------


def test_a_ciphertext_is_read_in_its_parts() -> None:
    parts = ShieldedParts(b"\xab" * 16, b"\xcc" * 32, b"\xdd" * 24, b"\xee" * 64)
    raw = parts.key_hash + b"\x20\x00" + parts.kem_ct + parts.nonce + parts.aead_ct
    assert ShieldedParts.parse(raw) == parts
    shortest = raw[: 16 + 2 + 32 + 24]
    assert ShieldedParts.parse(shortest) == parts._replace(aead_ct=b"")


@pytest.mark.parametrize("length", [0, 5, 17, 18, 41, 16 + 2 + 32 + 23])
def test_a_ciphertext_that_ends_too_soon_has_no_parts(length: int) -> None:
    raw = b"\xab" * 16 + b"\x20\x00" + b"\xcc" * 32 + b"\xdd" * 24
    assert ShieldedParts.parse(raw[:length]) is None


def test_keys_serve_for_a_period_and_are_forgotten_in_the_end() -> None:
    keys = ShieldKeys()
    first = keys.announced(0)
    assert keys.announced(PERIOD_MS - 1) == first
    mlkem.MLKEM768PublicKey.from_public_bytes(first)
    for period in range(1, KEPT):
        assert keys.announced(period * PERIOD_MS) != first
    assert keys.knows(twox_128(first))
    keys.announced(KEPT * PERIOD_MS)
    assert not keys.knows(twox_128(first))


# -- the node ------------------------------------------------------------------------------------


@pytest.fixture
def node() -> NodeChain:
    """A chain whose clients have been told a key."""
    chain = open_chain(NodeConfig(), ManualClock(START_MS))
    chain.seal(4)
    return chain


def free(chain: NodeChain, who: bytes) -> int:
    return int(chain.runtime_at().system.account.get(who).data.free)  # type: ignore[attr-defined]


def shield(chain: NodeChain, inner: bytes, *, nonce: int = 0, key: bytes = b"") -> bytes:
    sealed = encrypt(key or key_at_head(chain), inner)
    return signed(chain, submit_encrypted(sealed), nonce)


def test_the_first_blocks_have_no_key_and_then_every_block_has_one() -> None:
    chain = open_chain(NodeConfig(), ManualClock(START_MS))
    lengths = []
    for _ in range(6):
        chain.seal()
        lengths.append(len(key_at_head(chain)))
    assert lengths == [0, 0, 1184, 1184, 1184, 1184]
    block = chain.block()
    assert block is not None
    assert block.extrinsics[1][2:6] == b"\x05\x1e\x00\x01"


def test_a_shielded_extrinsic_is_included_decrypted_in_the_same_block(node: NodeChain) -> None:
    inner = signed(node, transfer(NOBODY, 1_000_000), 1)
    outer = shield(node, inner)
    watch = node.watch(outer)
    node.seal()
    assert watch.done
    block = node.block()
    assert block is not None
    assert block.extrinsics[-2:] == (outer, inner)
    assert free(node, NOBODY) == 1_000_000
    assert node.next_index(bytes(ALICE.public_key)) == 2


def test_a_key_still_decrypts_seconds_after_it_was_announced(node: NodeChain) -> None:
    key = key_at_head(node)
    node.seal(100)
    assert key_at_head(node) != key
    node.submit(shield(node, signed(node, transfer(NOBODY, 1_000_000), 1), key=key))
    node.seal()
    assert free(node, NOBODY) == 1_000_000


def test_what_waited_for_the_inner_one_goes_into_the_next_block(node: NodeChain) -> None:
    follower = node.watch(signed(node, transfer(NOBODY, 500_000), 2))
    node.submit(shield(node, signed(node, transfer(NOBODY, 1_000_000), 1)))
    node.seal()
    assert [status.name for status in follower.history] == ["future", "ready"]
    node.seal()
    assert follower.done
    assert free(node, NOBODY) == 1_500_000


def test_an_inner_one_that_is_also_in_the_pool_counts_as_included(node: NodeChain) -> None:
    inner = signed(node, transfer(NOBODY, 1_000_000), 1)
    node.submit(shield(node, inner))
    watch = node.watch(inner)
    node.seal()
    assert [status.name for status in watch.history][-1] == "finalized"
    assert free(node, NOBODY) == 1_000_000


def test_a_key_that_nobody_announced_leaves_it_waiting_until_its_era_ends(node: NodeChain) -> None:
    foreign = mlkem.MLKEM768PrivateKey.generate().public_key().public_bytes_raw()
    watch = node.watch(shield(node, signed(node, transfer(NOBODY, 1), 1), key=foreign))
    node.seal(3)
    assert [status.name for status in watch.history] == ["ready"]
    node.seal(6)
    assert watch.history[-1].name == "invalid"


@pytest.mark.parametrize("spoiled", ["aead", "kem", "garbage", "nonce", "unsigned"])
def test_what_cannot_be_decrypted_or_applied_is_lost_and_the_carrier_stays(
    node: NodeChain, spoiled: str
) -> None:
    inner = signed(node, transfer(NOBODY, 1_000_000), 7 if spoiled == "nonce" else 1)
    if spoiled == "garbage":
        inner = b"\x10abcd"
    if spoiled == "unsigned":
        inner = b"\x28\x05\x02\x00\x0b" + bytes(6)
    sealed = bytearray(encrypt(key_at_head(node), inner))
    if spoiled in ("aead", "kem"):
        sealed[-1 if spoiled == "aead" else 30] ^= 1
    outer = signed(node, submit_encrypted(bytes(sealed)), 0)
    node.submit(outer)
    node.seal()
    block = node.block()
    assert block is not None
    assert block.extrinsics[-1] == outer
    assert free(node, NOBODY) == 0


def test_a_malformed_ciphertext_does_not_enter_the_pool(node: NodeChain) -> None:
    with pytest.raises(PoolError) as refused:
        node.submit(signed(node, submit_encrypted(bytes(5)), 0))
    assert refused.value.rpc_data == "Custom error: 23"


@pytest.mark.parametrize(("period", "welcome"), [(0, False), (16, False), (64, False), (8, True)])
def test_only_a_short_era_is_welcome(node: NodeChain, period: int, welcome: bool) -> None:
    sealed = encrypt(key_at_head(node), signed(node, transfer(NOBODY, 1), 1))
    outer = signed(node, submit_encrypted(sealed), 0, period)
    if welcome:
        node.submit(outer)
        return
    with pytest.raises(PoolError) as refused:
        node.submit(outer)
    assert refused.value.rpc_data == "Transaction is outdated"


def test_the_api_reads_what_is_shielded_and_only_if_it_is_signed(node: NodeChain) -> None:
    def ask(extrinsic: bytes) -> bytes:
        return node.call("ShieldApi_try_decode_shielded_tx", extrinsic)

    outer = shield(node, signed(node, transfer(NOBODY, 1), 1))
    assert ask(outer)[:17] == b"\x01" + twox_128(key_at_head(node))
    spoiled = bytearray(outer)
    spoiled[-1] ^= 1
    assert ask(bytes(spoiled)) == b"\x00"
    assert ask(signed(node, transfer(NOBODY, 1), 0)) == b"\x00"


def test_the_same_blocks_stay_the_same_blocks() -> None:
    def head() -> bytes:
        chain = open_chain(NodeConfig(), ManualClock(START_MS))
        return chain.seal(5)[-1].hash

    assert head() == head()


def test_an_announcement_that_fails_is_in_the_block_as_failed(chain: Chain) -> None:
    chain.begin_block()
    _, announcement = chain.runtime.inherents(START_MS, bytes(5))
    applied = chain.runtime.apply_extrinsic(announcement)
    assert applied.included
    assert isinstance(applied.error, MevShield.Error.BadEncKeyLen)
