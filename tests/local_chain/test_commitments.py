"""Commitments: who may publish how much, what a commitment replaces, and what is revealed when.

Expectations from the runtime's own tests (pallets/commitments/src/tests.rs), which are named.
"""

from __future__ import annotations

from typing import Any

import pytest
from subnet_setup import new_subnet, register, seat

from taokit.chain_client import timelock
from taokit.chain_client.scale import codec
from taokit.local_chain.pallets.commitment_types import (
    CommitmentInfo,
    Data,
    Registration,
    raw,
    timelocked,
)
from taokit.local_chain.pallets.drand_types import Pulse

SECRET = 99
KEY = timelock.beacon_key(SECRET)


@pytest.fixture
def subnet(chain: Any) -> tuple[Any, int, bytes]:
    """An open block with a started subnet and a hotkey on it."""
    chain.run_block(1)
    chain.begin_block()
    netuid = new_subnet(chain)
    _, hotkey = register(chain, netuid, 0)
    return chain, netuid, hotkey


def commit(chain: Any, netuid: int, who: bytes, *fields: Any) -> None:
    info = CommitmentInfo(list(fields))
    chain.call(who, "Commitments", "set_commitment", netuid=netuid, info=info)


def refused(chain: Any, netuid: int, who: bytes, *fields: Any) -> str:
    info = CommitmentInfo(list(fields))
    return str(chain.refusal(who, "Commitments", "set_commitment", netuid=netuid, info=info))


def store_pulse(chain: Any, number: int) -> None:
    """Let the chain know the signature of a round."""
    signature = timelock.sign_round(SECRET, number)
    chain.runtime.drand.pulses.insert(number, Pulse(number, bytes(32), signature))


def sealed(text: bytes, number: int) -> Any:
    return timelocked(timelock.seal(text, number, KEY), number)


def next_block(chain: Any) -> None:
    chain.end_block()
    chain.begin_block()


def revealed(chain: Any, netuid: int, who: bytes) -> list[bytes]:
    found = chain.runtime.commitments.revealed_commitments.get((netuid, who)) or []
    return [text for text, _ in found]


def test_a_commitment_is_stored_with_its_block_and_no_deposit(subnet: Any) -> None:
    """set_commitment_works, event_emission_works."""
    chain, netuid, who = subnet
    commit(chain, netuid, who, raw(b"url"))
    pallet, block = chain.runtime.commitments, chain.runtime.system.block_number()
    stored = Registration(0, block, CommitmentInfo([raw(b"url")]))
    assert pallet.commitment_of.get((netuid, who)) == stored
    assert pallet.last_commitment.get((netuid, who)) == block
    assert chain.events("Commitments.Commitment") == [(netuid, who)]
    assert chain.runtime.balances.data(who).reserved == 0


def test_a_commitment_replaces_the_one_before(subnet: Any) -> None:
    chain, netuid, who = subnet
    commit(chain, netuid, who, raw(b"one"), raw(b"two"))
    commit(chain, netuid, who, raw(b"three"))
    stored = chain.runtime.commitments.commitment_of.get((netuid, who))
    assert stored.info.fields == [raw(b"three")]


def test_only_neurons_of_the_subnet_may_commit(subnet: Any) -> None:
    chain, netuid, who = subnet
    assert refused(chain, netuid, chain.bob, raw(b"")) == "AccountNotAllowedCommit"
    assert refused(chain, netuid + 1, who, raw(b"")) == "AccountNotAllowedCommit"


def test_four_fields_are_too_many(subnet: Any) -> None:
    """set_commitment_too_many_fields_panics."""
    chain, netuid, who = subnet
    fields = [raw(b"x")] * 4
    assert refused(chain, netuid, who, *fields) == "TooManyFieldsInCommitmentInfo"


@pytest.mark.parametrize(
    ("fields", "space"),
    [
        ([], 100),
        ([raw(b"x" * 30)], 100),
        ([raw(b"x" * 100), raw(b"x" * 28)], 128),
        ([raw(b"x" * 512)], 512),
        ([Data.Sha256(bytes(32))] * 3, 100),
        ([timelocked(b"x" * 1_000, 5), Data.ResetBondsFlag(), raw(b"x")], 1_001),
    ],
)
def test_a_commitment_uses_the_bytes_of_its_fields_but_100_at_least(
    subnet: Any, fields: list[Any], space: int
) -> None:
    """usage_respects_minimum_of_100_bytes."""
    chain, netuid, who = subnet
    commit(chain, netuid, who, *fields)
    commit(chain, netuid, who, *fields)
    usage = chain.runtime.commitments.used_space_of.get((netuid, who))
    assert usage.used_space == 2 * space


def test_the_space_is_each_accounts_and_each_subnets_and_returns_with_the_epoch(
    subnet: Any,
) -> None:
    """tempo_based_space_limit_*."""
    chain, netuid, who = subnet
    chain.call(None, "Commitments", "set_max_space", new_limit=199)
    (other,) = seat(chain, netuid, [0])
    commit(chain, netuid, who, raw(b"x"))
    assert refused(chain, netuid, who, raw(b"x")) == "SpaceLimitExceeded"
    commit(chain, netuid, other, raw(b"x"))
    chain.runtime.subtensor.subnet_epoch_index.mutate(netuid, lambda index: index + 1)
    commit(chain, netuid, who, raw(b"x"))
    assert refused(chain, netuid, who, raw(b"x")) == "SpaceLimitExceeded"


def test_a_refused_commitment_leaves_nothing(subnet: Any) -> None:
    chain, netuid, who = subnet
    chain.call(None, "Commitments", "set_max_space", new_limit=100)
    assert refused(chain, netuid, who, raw(b"x" * 101)) == "SpaceLimitExceeded"
    assert chain.runtime.commitments.used_space_of.get((netuid, who)) is None


def test_only_root_sets_the_space(subnet: Any) -> None:
    chain, _, who = subnet
    assert chain.runtime.commitments.max_space.get() == 3_100
    assert chain.refusal(who, "Commitments", "set_max_space", new_limit=1) == "BadOrigin"
    chain.call(None, "Commitments", "set_max_space", new_limit=300)
    assert chain.runtime.commitments.max_space.get() == 300


def test_the_flag_resets_bonds_to_the_account_where_the_subnet_lets_it(subnet: Any) -> None:
    chain, netuid, who = subnet
    sub = chain.runtime.subtensor
    uid = sub.uids.get((netuid, who))
    sub.bonds.insert((netuid, 0), [(0, 5), (uid, 7)])
    commit(chain, netuid, who, Data.ResetBondsFlag())
    assert sub.bonds.get((netuid, 0)) == [(0, 5), (uid, 7)]
    sub.bonds_reset_on.insert(netuid, True)
    commit(chain, netuid, who, raw(b"x"))
    assert sub.bonds.get((netuid, 0)) == [(0, 5), (uid, 7)]
    commit(chain, netuid, who, raw(b"x"), Data.ResetBondsFlag())
    assert sub.bonds.get((netuid, 0)) == [(0, 5)]
    block = chain.runtime.system.block_number()
    assert chain.runtime.commitments.last_bonds_reset.get((netuid, who)) == block


def test_a_sealed_field_is_revealed_once_its_round_has_come(subnet: Any) -> None:
    """happy_path_timelock_commitments, reveal_timelocked_commitment_missing_round_does_nothing."""
    chain, netuid, who = subnet
    pallet = chain.runtime.commitments
    commit(chain, netuid, who, sealed(b"secret", 1_000))
    assert chain.events("Commitments.TimelockCommitment") == [(netuid, who, 1_000)]
    assert pallet.timelocked_index.get() == [(netuid, who)]
    next_block(chain)
    assert revealed(chain, netuid, who) == []
    store_pulse(chain, 1_000)
    next_block(chain)
    block = chain.runtime.system.block_number()
    assert pallet.revealed_commitments.get((netuid, who)) == [(b"secret", block)]
    assert chain.events("Commitments.CommitmentRevealed") == [(netuid, who)]
    assert pallet.commitment_of.get((netuid, who)) is None
    assert pallet.timelocked_index.get() == []


def test_of_several_fields_those_whose_round_has_come_are_revealed(subnet: Any) -> None:
    """two_timelocks_partial_then_full_reveal, mixed_timelocked_and_raw_fields_works."""
    chain, netuid, who = subnet
    later = sealed(b"later", 2_000)
    commit(chain, netuid, who, sealed(b"sooner", 1_000), raw(b"open"), later)
    store_pulse(chain, 1_000)
    next_block(chain)
    pallet = chain.runtime.commitments
    assert revealed(chain, netuid, who) == [b"sooner"]
    assert pallet.commitment_of.get((netuid, who)).info.fields == [raw(b"open"), later]
    assert pallet.timelocked_index.get() == [(netuid, who)]
    store_pulse(chain, 2_000)
    next_block(chain)
    assert revealed(chain, netuid, who) == [b"sooner", b"later"]
    assert pallet.commitment_of.get((netuid, who)).info.fields == [raw(b"open")]
    assert pallet.timelocked_index.get() == []


@pytest.mark.parametrize(
    "encrypted",
    [b"", b"\x01" * 50, timelock.seal(b"for another", 2_000, KEY), timelock.seal(b"", 1_000, KEY)],
)
def test_what_does_not_open_or_is_empty_is_dropped(subnet: Any, encrypted: bytes) -> None:
    """reveal_timelocked_bad_timelocks_are_removed, ..._empty_decrypted_data_is_skipped."""
    chain, netuid, who = subnet
    commit(chain, netuid, who, timelocked(encrypted, 1_000), raw(b"open"))
    store_pulse(chain, 1_000)
    next_block(chain)
    assert revealed(chain, netuid, who) == []
    pallet = chain.runtime.commitments
    assert pallet.commitment_of.get((netuid, who)).info.fields == [raw(b"open")]
    assert pallet.timelocked_index.get() == []


def test_a_new_commitment_without_sealed_fields_leaves_the_index(subnet: Any) -> None:
    """test_index_lifecycle_no_timelocks_updates_in_out."""
    chain, netuid, who = subnet
    (other,) = seat(chain, netuid, [0])
    index = chain.runtime.commitments.timelocked_index
    commit(chain, netuid, who, sealed(b"a", 1_000))
    commit(chain, netuid, other, sealed(b"b", 1_000))
    assert index.get() == sorted([(netuid, who), (netuid, other)])
    commit(chain, netuid, who, raw(b"plain"))
    assert index.get() == [(netuid, other)]


def test_the_ten_newest_revealed_texts_are_kept(subnet: Any) -> None:
    """revealed_commitments_keeps_only_10_newest_with_individual_single_field_commits."""
    chain, netuid, who = subnet
    chain.call(None, "Commitments", "set_max_space", new_limit=100_000)
    store_pulse(chain, 1_000)
    for number in range(12):
        commit(chain, netuid, who, sealed(b"%d" % number, 1_000))
        next_block(chain)
    assert revealed(chain, netuid, who) == [b"%d" % number for number in range(2, 12)]


def test_dissolving_a_subnet_forgets_its_commitments_only(subnet: Any) -> None:
    """purge_netuid_clears_only_that_netuid."""
    chain, netuid, who = subnet
    pallet = chain.runtime.commitments
    other = (netuid + 1, who)
    commit(chain, netuid, who, sealed(b"a", 1_000), Data.ResetBondsFlag())
    pallet.revealed_commitments.insert((netuid, who), [(b"x", 1)])
    for item in (
        pallet.commitment_of,
        pallet.last_commitment,
        pallet.last_bonds_reset,
        pallet.revealed_commitments,
        pallet.used_space_of,
    ):
        item.insert(other, item.get((netuid, who)))
    pallet.timelocked_index.put([(netuid, who), other])
    chain.call(None, "SubtensorModule", "root_dissolve_network", netuid=netuid)
    for item in (
        pallet.commitment_of,
        pallet.last_commitment,
        pallet.last_bonds_reset,
        pallet.revealed_commitments,
        pallet.used_space_of,
    ):
        assert item.keys() == [other]
    assert pallet.timelocked_index.get() == [other]


def test_a_selective_metagraph_shows_the_stored_commitments(subnet: Any) -> None:
    chain, netuid, who = subnet
    commit(chain, netuid, who, raw(b"url"))
    shown = chain.runtime.subtensor.get_selective_metagraph(netuid, [73]).commitments
    block = chain.runtime.system.block_number()
    stored = codec(Registration).encode(Registration(0, block, CommitmentInfo([raw(b"url")])))
    assert shown == [(who, list(stored))]


@pytest.mark.parametrize(
    ("field", "encoded"),
    [
        (raw(b""), "01"),
        (raw(b"abc"), "04616263"),
        (raw(b"x" * 128), "81" + "78" * 128),
        (raw(b"x" * 129), "880502" + "78" * 129),
        (Data.BlakeTwo256(bytes([1] * 32)), "82" + "01" * 32),
        (Data.ShaThree256(bytes([1] * 32)), "85" + "01" * 32),
        (timelocked(b"ab", 7), "8608616207" + "00" * 7),
        (Data.ResetBondsFlag(), "87"),
    ],
)
def test_fields_are_encoded_as_the_runtime_does(field: Any, encoded: str) -> None:
    of_data = codec(Data)
    assert of_data.encode(field).hex() == encoded
    assert of_data.decode(bytes.fromhex(encoded)) == field
