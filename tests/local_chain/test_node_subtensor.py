"""The node around the real runtime: what holds only when both are what they say."""

from __future__ import annotations

import pytest

from taokit.local_chain.chain_spec import account
from taokit.local_chain.errors import PoolError
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node.trie_root import compact
from taokit.local_chain.node_config import NodeConfig
from taokit.wallet.keypair import Keypair

START_MS = 1_700_000_000_000
ALICE = Keypair.from_uri("//Alice")
BOB = account("//Bob")
TIMESTAMP_NOW = "f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb"


@pytest.fixture
def chain() -> NodeChain:
    return open_chain(NodeConfig(), ManualClock(START_MS))


def transfer(chain: NodeChain, nonce: int, era: bytes = b"\x00", birth: bytes = b"") -> bytes:
    """A signed Balances.transfer_keep_alive of 1,000,000 rao to Bob."""
    call = b"\x05\x03\x00" + BOB + compact(1_000_000)
    extra = era + compact(nonce) + b"\x00" + b"\x00"
    version = chain.runtime_version()
    implicit = version["specVersion"].to_bytes(4, "little")
    implicit += version["transactionVersion"].to_bytes(4, "little")
    implicit += chain.genesis_hash + (birth or chain.genesis_hash) + b"\x00"
    signature = ALICE.sign(call + extra + implicit)
    body = b"\x84\x00" + bytes(ALICE.public_key) + b"\x01" + signature + extra + call
    return compact(len(body)) + body


def test_the_same_preset_begins_with_the_same_hash_and_another_with_another(chain):
    assert open_chain(NodeConfig()).genesis_hash == chain.genesis_hash
    assert open_chain(NodeConfig(preset="mainnet")).genesis_hash != chain.genesis_hash


def test_the_chains_time_is_the_slots(chain):
    assert chain.slot_duration_ms == 250
    chain.clock.advance(10_100)
    chain.seal(2)
    stored = chain.storage(bytes.fromhex(TIMESTAMP_NOW))
    assert int.from_bytes(stored or b"", "little") == START_MS + 10_000 + 250


def test_a_signed_transfer_goes_through_and_cannot_go_twice(chain):
    encoded = transfer(chain, 0)
    watch = chain.watch(encoded)
    assert chain.next_index(bytes(ALICE.public_key)) == 1
    chain.seal()
    assert [status.name for status in watch.history] == ["ready", "inBlock", "finalized"]
    block = chain.block()
    assert block is not None
    assert block.extrinsics[-1] == encoded  # after what the node brings: time, shield key, pulse
    assert chain.next_index(bytes(ALICE.public_key)) == 1
    with pytest.raises(PoolError) as refused:
        chain.submit(transfer(chain, 0))
    assert refused.value.rpc_data == "Transaction is outdated"


def test_a_mortal_transfer_may_be_born_at_the_head(chain):
    chain.seal(5)
    phase = chain.head.number % 64
    era = (phase << 4 | 5).to_bytes(2, "little")  # a period of 64 is 2 to the 5 + 1
    watch = chain.watch(transfer(chain, 0, era, chain.head.hash))
    chain.seal()
    assert watch.done


def test_a_transfer_that_was_tampered_with_is_a_bad_proof(chain):
    encoded = bytearray(transfer(chain, 0))
    encoded[-2] ^= 1
    with pytest.raises(PoolError) as refused:
        chain.submit(bytes(encoded))
    assert refused.value.rpc_data == "Transaction has a bad signature"


def test_nonces_out_of_order_wait_for_each_other(chain):
    watches = [chain.watch(transfer(chain, nonce)) for nonce in (2, 1, 0)]
    chain.seal()
    assert [watch.history[0].name for watch in watches] == ["future", "future", "ready"]
    assert all(watch.done for watch in watches)


def test_funding_shows_in_the_account(chain):
    key = next(
        key
        for key in chain.storage_keys(bytes.fromhex("26aa394eea5630e07c48ae0c9558cef7"))
        if key.endswith(BOB)
    )
    before = chain.storage(key)
    chain.dev.fund(BOB, 5)
    assert chain.storage(key) != before
    assert chain.storage(key, chain.genesis_hash) == before
