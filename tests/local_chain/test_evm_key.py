"""EVM keys: who may tie one to a neuron, what the key must have signed, and how often."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from economy import add_hotkey, add_neuron, add_subnet, key

from taokit.local_chain.pallets.subtensor import evm_key

MODULE = "SubtensorModule"
NETUID, COLD, HOT = 3, key(1), key(2)
SECRET = bytes(31) + b"\x01"
# The address of the private key 1, as every Ethereum tool tells it.
ADDRESS = bytes.fromhex("7e5f4552091a69125d5dfcb7b8c2659029395bdf")


@pytest.fixture
def world(chain: Any) -> Any:
    """A neuron in the open block 50."""
    chain.begin_block()
    add_subnet(chain, NETUID)
    add_neuron(chain, NETUID, HOT, COLD)
    chain.runtime.system.number.put(50)
    return chain


def signature(hotkey: bytes = HOT, block: int = 7, plus: int = 27, secret: bytes = SECRET) -> bytes:
    from coincurve import PrivateKey

    hash_ = evm_key.signed_hash(hotkey, block)
    made = PrivateKey(secret).sign_recoverable(hash_, hasher=None)
    return made[:64] + bytes([made[64] + plus])


def arguments(signed: bytes, address: bytes = ADDRESS, block: int = 7) -> dict[str, Any]:
    return {"netuid": NETUID, "evm_key": address, "block_number": block, "signature": signed}


def refusal(chain: Any, signed: bytes, who: bytes = HOT, **other: Any) -> str:
    found = chain.refusal(who, MODULE, "associate_evm_key", **arguments(signed, **other))
    return str(found)


def test_keccak_is_not_sha3() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert evm_key.keccak_256(b"").hex() == empty


def test_the_message_is_hotkey_and_hashed_block_number_under_eip_191() -> None:
    block = (99).to_bytes(8, "little")
    message = HOT + evm_key.keccak_256(block)
    prefixed = b"\x19Ethereum Signed Message:\n64" + message
    assert evm_key.signed_hash(HOT, 99) == evm_key.keccak_256(prefixed)


@pytest.mark.parametrize("plus", [0, 27])
def test_a_signed_address_is_recorded_for_the_neuron(world: Any, plus: int) -> None:
    sub = world.runtime.subtensor
    world.call(HOT, MODULE, "associate_evm_key", **arguments(signature(plus=plus)))
    assert sub.associated_evm_address.items() == [((NETUID, 0), (ADDRESS, 50))]
    assert world.events(f"{MODULE}.EvmKeyAssociated") == [(NETUID, HOT, ADDRESS, 50)]


def test_a_signature_counts_for_its_hotkey_block_and_address_only(world: Any) -> None:
    add_neuron(world, NETUID, key(3), COLD)
    assert refusal(world, signature(), block=8) == "InvalidRecoveredPublicKey"
    assert refusal(world, signature(), address=bytes(20)) == "InvalidRecoveredPublicKey"
    assert refusal(world, signature(), who=key(3)) == "InvalidRecoveredPublicKey"
    other = signature(secret=bytes(31) + b"\x02")
    assert refusal(world, other) == "InvalidRecoveredPublicKey"


def test_a_signature_over_another_hash_is_refused(world: Any) -> None:
    from coincurve import PrivateKey

    message = HOT + evm_key.keccak_256((7).to_bytes(8, "little"))
    for hash_ in (evm_key.keccak_256(message), sha256(message).digest()):
        made = PrivateKey(SECRET).sign_recoverable(hash_, hasher=None)
        assert refusal(world, made[:64] + bytes([made[64] + 27])) == "InvalidRecoveredPublicKey"


@pytest.mark.parametrize("broken", [bytes(65), b"\xff" * 65, b"\x01" * 64 + b"\x04"])
def test_bytes_that_are_no_signature_are_refused(world: Any, broken: bytes) -> None:
    assert refusal(world, broken) == "InvalidIdentity"


def test_only_an_owned_hotkey_with_a_uid_has_an_evm_key(world: Any) -> None:
    add_hotkey(world, key(9), COLD)
    assert refusal(world, signature(key(9)), who=key(9)) == "HotKeyNotRegisteredInSubNet"
    world.runtime.subtensor.owner.remove(HOT)
    assert refusal(world, signature()) == "NonAssociatedColdKey"


def test_an_evm_key_stays_for_a_day(mainnet_chain: Any) -> None:
    chain = mainnet_chain
    chain.begin_block()
    add_subnet(chain, NETUID)
    add_neuron(chain, NETUID, HOT, COLD)
    for block in (7_199, 14_399):
        chain.runtime.system.number.put(block)
        assert refusal(chain, signature()) == "EvmKeyAssociateRateLimitExceeded"
        chain.runtime.system.number.put(block + 1)
        chain.call(HOT, MODULE, "associate_evm_key", **arguments(signature()))


def test_a_replaced_neuron_loses_its_evm_key(world: Any) -> None:
    from taokit.local_chain.pallets.subtensor import uids

    world.call(HOT, MODULE, "associate_evm_key", **arguments(signature()))
    uids.replace_neuron(world.runtime.subtensor, NETUID, 0, key(8), 50)
    assert world.runtime.subtensor.associated_evm_address.keys() == []
