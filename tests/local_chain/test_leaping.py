"""A leap comes to the state that all its blocks would have come to, and leaves the chain whole."""

from __future__ import annotations

import asyncio
import itertools
import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taokit.chain_client import timelock
from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain import LocalChain, LocalNode, ManualClock, NodeChain, NodeConfig
from taokit.local_chain.chain_spec import localnet
from taokit.local_chain.frame.pallet import Pallet
from taokit.local_chain.insight.epochs import explain
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.dev.part import done
from taokit.local_chain.pallets.subtensor import root_claims
from taokit.local_chain.persistence.checking import check_place
from taokit.local_chain.runtime import Runtime
from taokit.local_chain.scenarios.model import scenario_of
from taokit.local_chain.scenarios.play import Play

OTHERWISE = {
    storage_prefix("System", "BlockHash"): "blocks that are passed over have no hash",
    storage_prefix("System", "ParentHash"): "so that those after them have another",
    storage_prefix("RandomnessCollectiveFlip", "RandomMaterial"): "it is hashes of blocks",
    storage_prefix("Drand", "Pulses"): "the beacon's worker brings those that somebody waits for",
}
"""All that a leap leaves otherwise, and why."""

LONG = bool(os.environ.get("TAOKIT_LONG_TESTS"))
really_claim = root_claims.claim_for_some


def claim_by_number(sub: Any, parent_hash: bytes) -> None:
    """Whose turn it is drawn from the block's number: hashes differ, and the draws would."""
    number = sub.runtime.system.block_number()
    really_claim(sub, blake2b(number.to_bytes(8, "little"), digest_size=32).digest())


seal_once = lru_cache(maxsize=None)(timelock.seal)
"""The same is sealed to the same bytes: by itself it is made with chance."""


def state(chain: NodeChain) -> dict[bytes, bytes | None]:
    return {key: chain.storage(key) for key in chain.storage_keys(b"") if key[:32] not in OTHERWISE}


def named(chain: NodeChain, keys: set[bytes]) -> set[str]:
    runtime = chain.runtime_at()
    assert isinstance(runtime, Runtime)
    items = {
        item.prefix: f"{pallet.name}.{item.name}"
        for pallet in runtime.pallets.values()
        for item in vars(pallet).values()
        if hasattr(item, "hashers") and hasattr(item, "prefix")
    }
    return {items.get(key[:32], key.hex()) for key in keys}


subnets = st.fixed_dictionaries(
    {
        "tempo": st.integers(3, 40),
        "commit_reveal": st.booleans(),
        "emission": st.booleans(),
        "price": st.sampled_from([0, 0.2, 1, 4]),
        "tao": st.sampled_from([0, 2_000]),
        "validators": st.sampled_from(["honest", "copy", "random", "none"]).map(
            lambda rule: [
                {"name": "judges", "count": 2},
                {"name": "others", "weights": rule, "stake": 3_000},
            ]
        ),
        "miners": st.just([{"name": "workers", "count": 2, "drift": 0.5}]),
        "hyperparameters": st.sampled_from(
            [{}, {"liquid_alpha_enabled": True}, {"max_burn": 2_000_000_000}]
        ),
    }
)
events = st.sampled_from(
    [
        {"do": "register", "count": 1},
        {"do": "buy", "tao": 20},
        {"do": "stop", "validators": "judges"},
        {"do": "travel", "seconds": 400},
        {"do": "halving"},
    ]
)


@st.composite
def scenarios(draw: Any) -> dict[str, Any]:
    described = draw(st.lists(subnets, min_size=1, max_size=3))
    happening = draw(st.lists(st.tuples(events, st.integers(1, 60)), max_size=3))
    return {
        "title": "drawn",
        "seed": draw(st.integers(0, 99)),
        "subnets": [{"name": f"s{at}", **one} for at, one in enumerate(described)],
        "events": [
            {**event, "block": block, **({"group": f"new-{at}"} if "count" in event else {})}
            for at, (event, block) in enumerate(happening)
        ],
    }


def stake_on_root(chain: NodeChain, play: Play, stakers: int) -> None:
    for seat in play.cast.first.validators[:stakers]:
        keys = seat.hotkey.public_key, seat.coldkey.public_key
        chain.dev.set_stake(*keys, 0, 50_000 * 10**9)


@pytest.mark.timeout(3600 if LONG else 600)
@settings(
    max_examples=60 if LONG else 3,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    described=scenarios(),
    stakers=st.integers(0, 3),
    preset=st.sampled_from(["fast", "fast", "fast", "mainnet"]),
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_a_leap_comes_to_the_state_that_all_its_blocks_would_have_come_to(
    described: dict[str, Any], stakers: int, preset: str, lengths: list[int]
) -> None:
    with (
        patch.object(root_claims, "claim_for_some", claim_by_number),
        patch.object(timelock, "seal", seal_once),
    ):
        config = NodeConfig(ports=(), block_time="manual", preset=preset)
        chain = open_chain(config, ManualClock())
        play = Play(chain, scenario_of(described))
        stake_on_root(chain, play, stakers)
        chain.snapshots.take("begin")
        chain.seal(sum(lengths))
        wanted, timestamp = state(chain), chain.next_timestamp_ms()
        told = play.report.document()
        chain.snapshots.revert("begin")
        for length in lengths:
            done(chain.dev.leaping(chain.head.number + length))
        found = state(chain)
        differing = {key for key in wanted.keys() | found if wanted.get(key) != found.get(key)}
        assert named(chain, differing) == set()
        assert chain.next_timestamp_ms() == timestamp
        assert play.report.document() == told


def quiet(**config: Any) -> LocalNode:
    """A node whose chain has a subnet with a tempo of 50, where all weights are set."""
    described = {
        "title": "quiet",
        "subnets": [
            {
                "name": "main",
                "tempo": 50,
                "validators": [{"name": "judges", "count": 2}],
                "miners": [{"name": "workers", "count": 2}],
            }
        ],
    }
    given = NodeConfig(ports=(), block_time="manual", scenario=scenario_of(described), **config)
    return LocalNode(given, clock=ManualClock())


def test_blocks_that_are_passed_over_are_not_there_and_the_others_hang_together() -> None:
    chain = quiet(finality_lag=3).chain
    final: list[int] = []
    chain.on_finalized.add(lambda block: final.append(block.header.number))
    done(chain.dev.leaping(300))
    numbers = [number for number in range(301) if chain.block_hash(number)]
    assert len(numbers) < 60
    assert {*range(285, 301), 0} <= set(numbers)
    for before, number in itertools.pairwise(numbers):
        hash = chain.block_hash(number)
        assert hash is not None
        header = chain.require_block(hash).header
        assert header.parent_hash == chain.block_hash(before)
        assert chain.before(number) == before
    assert final == [number for number in numbers if 0 < number <= 297]
    assert chain.finalized.number == 297
    chain.set_head(numbers[10])
    assert chain.head.number == numbers[10]
    chain.seal()
    assert chain.head.number == numbers[10] + 1


def test_a_chain_that_leapt_is_kept_checked_and_taken_up(tmp_path: Path) -> None:
    node = quiet(data_dir=tmp_path / "kept")
    done(node.chain.dev.leaping(230))
    hashes = [node.chain.block_hash(number) for number in range(231)]
    wanted = {key: node.chain.storage(key) for key in node.chain.storage_keys(b"")}
    node.dump(tmp_path / "dump")
    asyncio.run(node.stop())
    for place in (tmp_path / "kept", tmp_path / "dump"):
        assert check_place(place).wrong == ()
    for kept in ({"data_dir": tmp_path / "kept"}, {"state": tmp_path / "dump"}):
        again = quiet(**kept)
        chain = again.chain
        assert [chain.block_hash(number) for number in range(231)] == hashes
        assert {key: chain.storage(key) for key in chain.storage_keys(b"")} == wanted
        done(chain.dev.leaping(300))
        assert chain.head.number == 300
        asyncio.run(again.stop())


def test_what_an_epoch_came_to_is_explained_after_a_leap() -> None:
    node = quiet()
    assert node.scenario is not None
    node.scenario.play(2, leap=True)
    explained = explain(node.chain, node.scenario.cast.first.netuid)
    assert explained.faithful
    assert explained.block == node.chain.head.number


def test_a_pallet_that_has_hooks_and_says_nothing_gets_every_block() -> None:
    class Counting(Pallet, index=201):
        """Counts its blocks."""

        seen = 0

        def on_finalize(self, block: int) -> None:
            type(self).seen += 1

    class Counted(Runtime):
        counting: Counting

    Counted.__annotations__["counting"] = Counting
    runtime = Counted.new(localnet("fast"))
    slot = runtime.aura.slot_duration_ms
    chain = NodeChain(runtime, runtime.overlay, slot_duration_ms=slot, clock=ManualClock())
    done(chain.dev.leaping(60))
    assert Counting.seen == chain.head.number == 60


def test_transactions_and_exact_timestamps_are_not_leapt_over() -> None:
    with LocalChain(block_time="manual") as chain:
        moment = chain.node.chain.next_timestamp_ms() + 5_000
        chain.set_next_timestamp(moment)
        chain.travel(blocks=100, leap=True)
        assert chain.node.chain.block_hash(1)
        assert chain.client().query("Timestamp", "Now") > moment
        assert chain.height == 100
        with pytest.raises(ValueError, match="whose epochs"):
            chain.travel(epochs=1, leap=True)
        chain.travel(epochs=2, netuid=1, leap=True)
        assert chain.height == 300
