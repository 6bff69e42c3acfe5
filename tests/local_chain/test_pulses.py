"""Pulses of a public beacon: handed to the chain, held to its key, and opening what is sealed.

Round 1000 of quicknet and its signature are facts that the runtime's tests hold too
(pallets/drand/src/tests.rs, weights.rs::test_reveal_crv3_commits_success); what is sealed for it
was sealed by bittensor_drand 2.0.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from rpc_client import Session, run
from vector_files import load

from taokit.chain_client import timelock
from taokit.local_chain import ManualClock
from taokit.local_chain.beacon import LocalBeacon
from taokit.local_chain.errors import InvalidPulse
from taokit.local_chain.frame.origin import ROOT, Origin
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.drand_types import QUICKNET
from taokit.local_chain.pulses import ensure_signed_by, read_lines, read_pulse
from taokit.wallet import Keypair

FACTS = load("drand")
PULSE = FACTS["pulse"]
SEALED = FACTS["sealed_weights"]
START_MS = 1_700_000_000_000
HOTKEY = Keypair.from_uri("//Alice//hotkey").public_key
BEACON = LocalBeacon()


def of_local_beacon(number: int) -> dict[str, Any]:
    pulse = BEACON.pulse(number)
    return {"round": number, "signature": pulse.signature.hex()}


class Node:
    """A chain by hand, and what it knows of the beacon."""

    def __init__(self, **config: Any) -> None:
        self.clock = ManualClock(START_MS)
        self.chain = open_chain(NodeConfig(**config), self.clock)
        self.runtime: Any = self.chain._runtime
        self.drand = self.runtime.drand

    def seal(self, count: int = 1) -> None:
        for _ in range(count):
            self.clock.advance(self.chain.slot_duration_ms)
            self.chain.seal()

    @property
    def rounds(self) -> list[int]:
        return sorted(self.drand.pulses.keys())


# -- reading ---------------------------------------------------------------------------------


def test_pulses_are_read_as_relays_publish_them() -> None:
    pulse = read_pulse(PULSE)
    assert (pulse.round, pulse.randomness.hex()) == (1_000, PULSE["randomness"])
    assert read_pulse({**PULSE, "previous_signature": "00"}) == pulse
    without = {name: PULSE[name] for name in ("round", "signature")}
    assert read_pulse(without) == pulse
    assert read_lines([json.dumps(PULSE), "", "\n", json.dumps(without)]) == [pulse, pulse]
    ensure_signed_by(QUICKNET, pulse)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([1], "a pulse is an object"),
        ({}, "whole number from 1, not None"),
        ({**PULSE, "round": 0}, "whole number from 1, not 0"),
        ({**PULSE, "round": True}, "whole number"),
        ({**PULSE, "round": 2**64}, "whole number"),
        ({"round": 7}, "the signature of round 7 is not 48 bytes"),
        ({"round": 7, "signature": "b446"}, "is not 48 bytes"),
        ({"round": 7, "signature": "zz" * 48}, "is not 48 bytes"),
        ({**PULSE, "randomness": "00" * 32}, "is not the hash of its signature"),
        ({**PULSE, "randomness": None}, "the randomness of round 1000 is not 32 bytes"),
    ],
)
def test_what_is_no_pulse_is_refused_in_words(said: object, why: str) -> None:
    with pytest.raises(InvalidPulse, match=why):
        read_pulse(said)


def test_a_file_names_the_line_that_is_wrong() -> None:
    with pytest.raises(InvalidPulse, match="line 2 is not JSON"):
        read_lines([json.dumps(PULSE), "{"])
    with pytest.raises(InvalidPulse, match="line 3: the signature of round 7"):
        read_lines(["", json.dumps(PULSE), '{"round": 7}'])


def test_a_signature_that_is_no_point_or_anothers_is_refused() -> None:
    """drand: it_rejects_invalid_pulse_due_to_bad_signature."""
    bad = {"round": 1_000, "signature": FACTS["bad_signature"]}
    with pytest.raises(InvalidPulse, match="not a point"):
        ensure_signed_by(QUICKNET, read_pulse(bad))
    with pytest.raises(InvalidPulse, match=r"expects \(quicknet\)"):
        ensure_signed_by(QUICKNET, read_pulse({**PULSE, "round": 1_001}))


# -- into blocks -----------------------------------------------------------------------------


def test_a_chain_begins_with_the_pulses_of_its_config() -> None:
    node = Node(beacon="quicknet", pulses=(read_pulse(PULSE),))
    assert node.drand.beacon_config.get() == QUICKNET
    node.seal()
    assert node.rounds == [1_000]
    assert node.drand.last_stored_round.get() == node.drand.oldest_stored_round.get() == 1_000
    node.seal(20)  # no beacon of its own goes on from there
    assert node.rounds == [1_000]


def test_pulses_that_the_beacon_did_not_sign_let_no_chain_start() -> None:
    with pytest.raises(InvalidPulse, match=r"expects \(taokit-local\)") as refused:
        open_chain(NodeConfig(pulses=(read_pulse(PULSE),)))
    assert refused.value.hint is not None
    assert "--beacon quicknet" in refused.value.hint


def test_fifty_go_into_a_block_and_the_local_beacon_goes_on_after_them() -> None:
    node = Node(pulses=tuple(BEACON.pulse(number) for number in range(1, 121)))
    for stored in (50, 100, 120):
        node.seal()
        assert node.drand.last_stored_round.get() == stored
    newest = timelock.round_at(node.clock.now_ms())
    node.seal()
    # A week is kept, but one call removes no more than a hundred.
    assert node.rounds == [*range(101, 121), newest]


def test_what_is_there_is_passed_over_and_what_is_older_refused() -> None:
    node = Node(beacon="local")
    pulses = [BEACON.pulse(number) for number in (5, 6, 6, 9)]
    injected = node.chain.dev.inject_pulses(pulses)
    assert injected == ([5, 6, 9], [])
    assert node.rounds == [5, 6, 9]
    assert node.chain.dev.inject_pulses(pulses) == ([], [5, 6, 6, 9])
    with pytest.raises(InvalidPulse, match="round 7 comes too late: the chain has round 9"):
        node.chain.dev.inject_pulses([BEACON.pulse(7), BEACON.pulse(10)])
    with pytest.raises(InvalidPulse, match="round 11 is not signed"):
        node.chain.dev.inject_pulses([BEACON.pulse(10), pulses[0].replace(round=11)])
    assert (node.rounds, node.chain.head.number) == ([5, 6, 9], 1)
    assert node.chain.dev.inject_pulses([BEACON.pulse(11)]).rounds == [11]


def test_pulses_wait_while_safe_mode_refuses_them() -> None:
    node = Node(beacon="local")
    node.seal(2)
    node.runtime.safe_mode.force_enter(ROOT)
    newest = node.rounds[-1]
    assert node.chain.dev.inject_pulses([BEACON.pulse(newest + 40)]).rounds == [newest + 40]
    assert node.rounds == [newest]
    node.runtime.safe_mode.force_exit(ROOT)
    node.seal()
    assert node.rounds == [newest, newest + 40]


def test_pulses_of_a_beacon_that_is_expected_no_more_are_forgotten() -> None:
    node = Node(beacon="quicknet", pulses=(read_pulse(PULSE),))
    node.drand.beacon_config.put(BEACON.config)
    node.seal()
    newest = timelock.round_at(node.clock.now_ms())
    node.seal()
    assert 1_000 not in node.rounds
    assert node.rounds == [newest]


# -- by RPC ----------------------------------------------------------------------------------


def test_pulses_come_by_rpc() -> None:
    chain = open_chain(NodeConfig(beacon="quicknet"), ManualClock(START_MS))

    async def play(session: Session) -> None:
        method = "dev_injectPulses"
        first = await session.result(method, [PULSE])
        assert (first["rounds"], first["known"], first["number"]) == ([1_000], [], 1)
        assert first["hash"] == "0x" + chain.head.hash.hex()
        again = await session.result(method, [PULSE])
        assert (again["rounds"], again["known"], again["number"]) == ([], [1_000], 1)
        foreign = await session.error(method, [of_local_beacon(2_000)])
        assert "expects (quicknet)" in foreign["message"]
        assert foreign["data"] == "invalid_pulse"
        odd = await session.error(method, [{"round": 1}])
        assert (odd["code"], "48 bytes" in odd["data"]) == (-32602, True)
        many = await session.error(method, [PULSE] * 201)
        assert (many["code"], "at most 200" in many["data"]) == (-32602, True)

    run(play, chain=chain)


# -- what they open --------------------------------------------------------------------------


@pytest.fixture
def quicknet() -> Node:
    """A chain that expects the public network's beacon, with a neuron of hotkey on subnet 1."""
    from taokit.local_chain.pallets.subtensor import ownership, uids

    node = Node(beacon="quicknet", block_time="manual")
    sub = node.runtime.subtensor
    ownership.create_if_new(sub, node.runtime.sudo.key.get(), HOTKEY)
    uids.append_neuron(sub, 1, HOTKEY, 0)
    sub.subnet_owner_hotkey.insert(1, HOTKEY)
    sub.weights_set_rate_limit.insert(1, 0)
    sub.stake_threshold.put(0)
    sub.tempo.insert(1, 20)
    return node


@pytest.mark.parametrize("payload", ["by //Alice//hotkey", "without a hotkey"])
def test_weights_that_the_peer_sealed_open_with_the_public_rounds_pulse(
    quicknet: Node, payload: str
) -> None:
    """weights.rs::test_reveal_crv3_commits_success and _legacy_payload_success."""
    sub = quicknet.runtime.subtensor
    uid = sub.uids.get((1, HOTKEY))
    sub.commit_timelocked_weights(
        Origin.signed(HOTKEY), 1, bytes.fromhex(SEALED[payload]), 1_000, 4
    )
    assert quicknet.chain.dev.inject_pulses([read_pulse(PULSE)]).rounds == [1_000]
    index = sub.subnet_epoch_index.get(1)
    while sub.subnet_epoch_index.get(1) == index:
        assert sub.weights.get((1, uid)) == []
        quicknet.seal()
    assert sub.weights.get((1, uid)) == [(0, 65_535)]


def test_a_text_that_the_peer_sealed_is_revealed_with_the_block_after_the_pulse(
    quicknet: Node,
) -> None:
    from taokit.local_chain.pallets.commitment_types import CommitmentInfo, timelocked

    sealed = bytes.fromhex(FACTS["sealed_text"]["hello world"])
    info = CommitmentInfo([timelocked(sealed, 1_000)])
    quicknet.runtime.commitments.set_commitment(Origin.signed(HOTKEY), 1, info)
    quicknet.seal(3)
    revealed = quicknet.runtime.commitments.revealed_commitments
    assert revealed.get((1, HOTKEY)) is None
    quicknet.chain.dev.inject_pulses([read_pulse(PULSE)])
    quicknet.seal()
    assert revealed.get((1, HOTKEY)) == [(b"hello world", quicknet.chain.head.number)]
