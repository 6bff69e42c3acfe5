"""ML-KEM-768 with expanded keys agrees with an implementation that takes seeds."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from shielding import NONCE, encrypt, signed, transfer

from taokit.chain_client.scale import Bytes, Option, codec
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.ml_kem import decapsulate, expanded_key
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig
from taokit.local_chain.pallets.mev_shield import ShieldedTransaction
from taokit.local_chain.shielded import ShieldedParts

SEED = hashlib.sha512(b"a seed for tests").digest()
SECRET = MLKEM768PrivateKey.from_seed_bytes(SEED)
PUBLIC = SECRET.public_key().public_bytes_raw()


def test_an_expanded_key_holds_the_public_key_of_its_seed() -> None:
    assert expanded_key(SEED)[1152 : 1152 + 1184] == PUBLIC


def test_what_was_encapsulated_to_a_key_is_found_and_else_nobody_knows_what() -> None:
    key = expanded_key(SEED)
    shared, ciphertext = SECRET.public_key().encapsulate()
    assert decapsulate(key, ciphertext) == shared
    broken = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    assert decapsulate(key, broken) == SECRET.decapsulate(broken) != shared
    with pytest.raises(ValueError):
        decapsulate(key[1:], ciphertext)


def test_a_shielded_extrinsic_opens_with_the_key_that_it_was_encrypted_to() -> None:
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    inner = signed(chain, transfer(bytes(range(32)), 5), 0)
    parts = ShieldedParts.parse(encrypt(PUBLIC, inner))
    assert parts is not None
    shielded = ShieldedTransaction(parts.key_hash, parts.kem_ct, parts.aead_ct, NONCE)

    def unshield(key: bytes, sent: ShieldedTransaction) -> bytes | None:
        data = codec(Bytes).encode(key) + codec(ShieldedTransaction).encode(sent)
        return codec(Option[Bytes]).decode(chain.call("ShieldApi_try_unshield_tx", data))

    assert unshield(expanded_key(SEED), shielded) == codec(Bytes).decode(inner)
    assert unshield(expanded_key(SEED[::-1]), shielded) is None
    assert unshield(SEED, shielded) is None
    garbage = ShieldedParts.parse(encrypt(PUBLIC, b"\x08no"))
    assert garbage is not None
    no_extrinsic = shielded.replace(kem_ct=garbage.kem_ct, aead_ct=garbage.aead_ct)
    assert unshield(expanded_key(SEED), no_extrinsic) is None
