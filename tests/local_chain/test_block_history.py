"""Old blocks are the blocks that were sealed, though they are kept in another form."""

from __future__ import annotations

from taokit.local_chain import ManualClock, NodeConfig, open_chain
from taokit.local_chain.node import block_history
from taokit.local_chain.node.block_history import BlockHistory
from taokit.local_chain.node.header import ZERO_HASH, Block, Header


def block(parent: bytes, number: int) -> Block:
    logs = (b"\x06aura", b"log" * number) if number % 2 else ()
    roots = number.to_bytes(32, "big"), bytes([number % 7]) * 32
    return Block(
        Header(parent, number, *roots, logs),
        tuple([b"x" * number, b"", b"y" * (number + 150)][: number % 4]),
    )


def test_blocks_read_the_same_after_they_were_packed() -> None:
    sealed = [block(ZERO_HASH, 0)]
    history = BlockHistory()
    history.append(sealed[0])
    for number in range(1, 3 * block_history.UNPACKED):
        sealed.append(block(sealed[-1].header.hash, number))
        history.append(sealed[-1])
    assert [history.at(number) for number in range(len(sealed))] == sealed
    for one in sealed:
        found = history.by_hash(one.header.hash)
        assert found is not None
        assert found.header.hash == one.header.hash
        assert history.hash_of(one.header.number) == one.header.hash
    assert history.at(0) == sealed[0]
    assert history.head is sealed[-1]
    assert history.at(len(sealed)) is history.hash_of(len(sealed)) is None


def test_a_chain_serves_its_early_blocks_and_their_state() -> None:
    local_chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    early = local_chain.seal(2)[-1]
    body, key = local_chain.block(early.hash), local_chain.storage_keys(b"")[0]
    state = local_chain.storage(key, early.hash)
    local_chain.seal(2 * block_history.UNPACKED)
    assert local_chain.block(early.hash) == body
    assert local_chain.storage(key, early.hash) == state
    assert local_chain.runtime_at(early.hash).system.number.get() == early.number
