"""Drand: which pulses the chain takes, how long it keeps them, and what the local beacon brings.

Expectations from the runtime's own tests (pallets/drand/src/tests.rs), named where they apply.
"""

from __future__ import annotations

from typing import Any

import pytest
from calls import made
from chain_under_test import Chain

from taokit.chain_client import timelock
from taokit.chain_client.scale import Era, codec
from taokit.local_chain.beacon import LocalBeacon
from taokit.local_chain.extensions import MetadataHash, MetadataHashMode
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.errors import DispatchError, Invalid
from taokit.local_chain.frame.extrinsic import Extrinsic, MultiSignature, bare
from taokit.local_chain.frame.origin import NONE
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.drand import Drand
from taokit.local_chain.pallets.drand_types import (
    QUICKNET,
    BeaconConfigurationPayload,
    MultiSigner,
    Pulse,
    PulsesPayload,
)
from taokit.wallet.keypair import Keypair

NODE = Keypair.from_uri("//Alice")
PUBLIC = MultiSigner.Sr25519(NODE.public_key)
PULSE = Pulse(
    1_000,
    bytes.fromhex("fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"),
    bytes.fromhex(
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
        "e342b73a8dd2bacbe47e4b6b63ed5e39"
    ),
)
NO_POINT = bytes.fromhex(
    "b0a8b04e009cf72534321aca0f50048da596a3feec1172a0244d9a4a623a3123"
    "d0402da79854d4c705e94bc73224c341"
)
START_MS = 1_700_000_000_000
BEACON = LocalBeacon()


@pytest.fixture
def drand(chain: Chain) -> Any:
    """The pallet of a chain that expects quicknet, in an open block."""
    chain.begin_block()
    return chain.runtime.drand


def payload(*pulses: Pulse, block: int = 1) -> PulsesPayload:
    return PulsesPayload(block, list(pulses), PUBLIC)


def write(drand: Any, *pulses: Pulse) -> None:
    spec = Drand.calls[0]
    drand.runtime.dispatch(Call(Drand, spec, (payload(*pulses), None)), NONE)


def refusal(drand: Any, *pulses: Pulse) -> str:
    with pytest.raises(DispatchError) as caught:
        write(drand, *pulses)
    return caught.value.name


def signed(what: PulsesPayload) -> Call:
    signature = NODE.sign(codec(PulsesPayload).encode(what))
    return Call(Drand, Drand.calls[0], (what, MultiSignature.Sr25519(signature)))


def signed_by_anyone(who: bytes, call: Call) -> Extrinsic:
    """An extrinsic as it is after its signature was checked."""
    extras = {
        "CheckMortality": Era(),
        "CheckNonce": 0,
        "ChargeTransactionPayment": 0,
        "CheckMetadataHash": MetadataHash(MetadataHashMode.Disabled),
    }
    return Extrinsic(bytes(300), call, RuntimeCallCodec.shared.encode(call), who, extras=extras)


def invalid(drand: Any, call: Call) -> str:
    with pytest.raises(Invalid) as caught:
        drand.validate_unsigned(call)
    return caught.value.kind


def test_a_pulse_of_the_public_network_is_stored(drand: Any, chain: Chain) -> None:
    """it_can_submit_valid_pulse_when_beacon_config_exists."""
    assert drand.beacon_config.get() == QUICKNET
    write(drand, PULSE)
    assert drand.pulses.get(1_000) == PULSE
    assert (drand.last_stored_round.get(), drand.oldest_stored_round.get()) == (1_000, 1_000)
    assert drand.next_unsigned_at.get() == chain.runtime.system.block_number()
    assert chain.events("Drand.NewPulse") == [([1_000],)]


def test_a_pulse_with_anothers_signature_is_passed_over(drand: Any, chain: Chain) -> None:
    write(drand, PULSE.replace(signature=BEACON.pulse(1_000).signature))
    assert drand.pulses.get(1_000) is None
    assert drand.last_stored_round.get() == 0
    assert chain.events("Drand.NewPulse") == []


def test_a_signature_that_is_no_point_fails_the_call(drand: Any) -> None:
    """it_rejects_invalid_pulse_due_to_bad_signature."""
    assert refusal(drand, PULSE.replace(signature=NO_POINT)) == "PulseVerificationError"
    assert refusal(drand, PULSE.replace(signature=bytes(48))) == "PulseVerificationError"
    assert refusal(drand, PULSE.replace(signature=b"")) == "PulseVerificationError"


def test_a_round_that_is_not_newer_fails_the_call(drand: Any) -> None:
    """it_rejects_pulses_with_non_incremental_round_numbers."""
    write(drand, PULSE)
    assert refusal(drand, PULSE) == "InvalidRoundNumber"


def test_only_unsigned_extrinsics_bring_pulses(drand: Any, chain: Chain) -> None:
    args = {"pulses_payload": payload(PULSE), "signature": None}
    assert chain.refusal(chain.alice, "Drand", "write_pulse", **args) == "BadOrigin"
    assert chain.refusal(None, "Drand", "write_pulse", **args) == "BadOrigin"


def test_root_sets_the_beacon(drand: Any, chain: Chain) -> None:
    """it_blocks_non_root_from_submit_beacon_info, signed_cannot_submit_beacon_info."""
    config = BEACON.config
    args = {"config_payload": BeaconConfigurationPayload(1, config, PUBLIC), "signature": None}
    assert chain.refusal(chain.alice, "Drand", "set_beacon_config", **args) == "BadOrigin"
    chain.call(None, "Drand", "set_beacon_config", **args)
    assert drand.beacon_config.get() == config
    assert drand.next_unsigned_at.get() == chain.runtime.system.block_number() + 1
    assert chain.events("Drand.BeaconConfigChanged") == [()]
    write(drand, BEACON.pulse(5))
    assert drand.pulses.get(5) == BEACON.pulse(5)


def test_root_sets_the_oldest_round(drand: Any, chain: Chain) -> None:
    refused = chain.refusal(chain.alice, "Drand", "set_oldest_stored_round", oldest_round=3)
    assert refused == "BadOrigin"
    chain.call(None, "Drand", "set_oldest_stored_round", oldest_round=3)
    assert drand.oldest_stored_round.get() == 3
    assert chain.events("Drand.SetOldestStoredRound") == [(3,)]


@pytest.mark.parametrize(
    ("stored", "gone"), [(216_000, 0), (216_001, 1), (216_100, 100), (216_500, 100)]
)
def test_a_week_of_pulses_is_kept_and_a_hundred_go_at_once(
    drand: Any, stored: int, gone: int
) -> None:
    """test_pulses_are_correctly_pruned, test_prune_maximum_of_100_pulses_per_call."""
    drand.beacon_config.put(BEACON.config)
    for number in range(1, 600):
        drand.pulses.insert(number, PULSE)
    drand.oldest_stored_round.put(1)
    drand.last_stored_round.put(stored - 1)
    write(drand, BEACON.pulse(stored))
    assert drand.oldest_stored_round.get() == 1 + gone
    assert sorted(drand.pulses.keys())[0] == 1 + gone


def test_a_node_may_bring_one_newer_pulse(drand: Any) -> None:
    """test_validate_unsigned_write_pulse."""
    validity = drand.validate_unsigned(signed(payload(PULSE)))
    assert validity.priority == 2**64 - 1
    assert (validity.longevity, validity.propagate, len(validity.provides)) == (3, False, 1)


def test_a_pulse_that_an_account_signs_for_goes_first_in_the_pool(
    drand: Any, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DrandPriority: 10,000 on top of what any signed extrinsic has. In the block it is refused."""
    monkeypatch.setattr(chain.runtime, "check_signature", lambda extrinsic: None)
    for call, expected in ((signed(payload(PULSE)), 10_001), (made("System", "remark", b""), 1)):
        validity = chain.runtime.check(signed_by_anyone(chain.alice, call))
        assert validity.priority == expected


def test_what_a_node_may_not_bring(drand: Any) -> None:
    """test_not_validate_unsigned_*, validate_unsigned_rejects_future_block_number."""
    good = payload(PULSE)
    unsigned = Call(Drand, Drand.calls[0], (good, None))
    assert invalid(drand, unsigned) == "BadSigner"
    wrong = Call(Drand, Drand.calls[0], (good, MultiSignature.Sr25519(bytes(64))))
    assert invalid(drand, wrong) == "BadProof"
    assert invalid(drand, signed(payload(PULSE, block=2))) == "Future"
    assert invalid(drand, signed(payload())) == "Call"
    assert invalid(drand, signed(payload(PULSE, PULSE.replace(round=1_001)))) == "Call"
    drand.last_stored_round.put(1_000)
    assert invalid(drand, signed(good)) == "Stale"


def test_a_block_takes_a_pulse_that_a_node_signed_and_no_other_unsigned_call(
    chain: Chain,
) -> None:
    chain.begin_block()
    assert chain.runtime.apply_extrinsic(bare(signed(payload(PULSE)))).included
    assert chain.runtime.drand.pulses.contains(1_000)
    again = chain.runtime.apply_extrinsic(bare(signed(payload(PULSE))))
    assert again.invalid is not None
    assert again.invalid.kind == "Stale"
    oldest = bare(Call(Drand, Drand.calls[2], (1,)))
    refused = chain.runtime.apply_extrinsic(oldest).invalid
    assert refused is not None
    assert refused.kind == "Call"


# -- the local beacon ------------------------------------------------------------------------


class Node:
    """A local chain with its beacon, under a clock of its own."""

    def __init__(self, preset: str = "fast") -> None:
        self.clock = ManualClock(START_MS)
        self.chain = open_chain(NodeConfig(preset=preset), self.clock)

    @property
    def drand(self) -> Any:
        return self.chain._runtime.drand  # type: ignore[attr-defined]

    def seal(self, count: int = 1) -> None:
        for _ in range(count):
            self.clock.advance(self.chain.slot_duration_ms)
            self.chain.seal()

    @property
    def rounds(self) -> list[int]:
        return sorted(self.drand.pulses.keys())


def test_the_chain_begins_with_the_beacons_key_and_the_newest_round() -> None:
    node = Node()
    assert node.drand.beacon_config.get() == BEACON.config
    node.seal()
    newest = timelock.round_at(node.chain.clock.now_ms())
    assert node.rounds == []
    node.seal()
    assert node.rounds == [newest]
    assert node.drand.pulses.get(newest) == BEACON.pulse(newest)


def test_equal_chains_have_equal_blocks() -> None:
    one, other = Node(), Node()
    for node in (one, other):
        node.seal(13)
    assert one.chain.head == other.chain.head


def test_every_round_comes_with_the_block_after_the_first_of_its_time() -> None:
    node = Node()
    for _ in range(50):
        due = timelock.round_at(node.clock.now_ms()) if node.chain.head.number else 0
        node.seal()
        assert node.drand.last_stored_round.get() == due
    first = node.rounds[0]
    assert node.rounds == list(range(first, first + 5))
    assert node.drand.oldest_stored_round.get() == first
    assert node.drand.last_stored_round.get() == first + 4


def test_slow_blocks_bring_several_rounds() -> None:
    node = Node("mainnet")
    node.seal(4)
    first = node.rounds[0]
    assert node.rounds == list(range(first, first + 9))


def test_the_pulses_that_the_beacon_brings_verify_under_its_key() -> None:
    node = Node()
    node.seal(13)
    for number in node.rounds:
        pulse = node.drand.pulses.get(number)
        assert timelock.verify_round(BEACON.public_key, number, pulse.signature)


def test_a_jump_in_time_brings_the_awaited_rounds_and_the_newest() -> None:
    node = Node()
    node.seal(2)
    (first,) = node.rounds
    sub = node.chain._runtime.subtensor  # type: ignore[attr-defined]
    awaited = [(bytes(32), 1, b"", first + 70), (bytes(32), 1, b"", first + 10**6)]
    sub.timelocked_weight_commits.insert((1, 0), awaited)
    node.clock.advance(1_000 * 3_000)
    node.seal()
    assert node.rounds == [first]  # what is sealed for a round before the jump can still come in
    node.seal()
    assert node.rounds == [first, first + 70, first + 1_000]


def test_the_beacon_is_silent_where_another_is_expected() -> None:
    node = Node()
    node.drand.beacon_config.put(QUICKNET)
    node.seal(24)
    assert node.rounds == []
