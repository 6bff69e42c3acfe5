"""Extrinsics of //Alice for tests of the shield: signed ones, and ones encrypted as clients do."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from taokit.chain_client.scale import Bytes, Era, codec
from taokit.chain_client.storage_keys import storage_prefix, twox_128
from taokit.local_chain.node.chain import NodeChain
from taokit.local_chain.node.trie_root import compact
from taokit.wallet.keypair import Keypair

ALICE = Keypair.from_uri("//Alice")
NONCE = bytes(range(24))


def signed(chain: NodeChain, call: bytes, nonce: int, period: int = 8) -> bytes:
    """A call signed by //Alice, mortal for `period` blocks from the head (0: for ever)."""
    era, birth = b"\x00", chain.genesis_hash
    if period:
        era = codec(Era).encode(Era.mortal(period, current=chain.head.number))
        birth = chain.head.hash
    extra = era + compact(nonce) + b"\x00" + b"\x00"
    version = chain.runtime_version()
    implicit = version["specVersion"].to_bytes(4, "little")
    implicit += version["transactionVersion"].to_bytes(4, "little")
    implicit += chain.genesis_hash + birth + b"\x00"
    payload = call + extra + implicit
    if len(payload) > 256:
        from taokit.chain_client.storage_keys import blake2_256

        payload = blake2_256(payload)
    body = b"\x84\x00" + bytes(ALICE.public_key) + b"\x01" + ALICE.sign(payload) + extra + call
    return compact(len(body)) + body


def transfer(dest: bytes, rao: int) -> bytes:
    """The call Balances.transfer_keep_alive."""
    return b"\x05\x03\x00" + dest + compact(rao)


def key_at_head(chain: NodeChain, name: str = "NextKey") -> bytes:
    """One of MevShield's keys after the head; empty if there is none."""
    raw = chain.storage(storage_prefix("MevShield", name))
    return bytes(codec(Bytes).decode(raw)) if raw else b""


def encrypt(key: bytes, plaintext: bytes) -> bytes:
    """A ciphertext as clients make it."""
    shared, kem = MLKEM768PublicKey.from_public_bytes(key).encapsulate()
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, None, NONCE, shared)
    return twox_128(key) + len(kem).to_bytes(2, "little") + kem + NONCE + sealed


def submit_encrypted(ciphertext: bytes) -> bytes:
    """The call MevShield.submit_encrypted."""
    return b"\x1e\x01" + compact(len(ciphertext)) + ciphertext
