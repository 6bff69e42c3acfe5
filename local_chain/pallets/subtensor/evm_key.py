"""EVM keys of neurons: an Ethereum address signs that it belongs to a hotkey on a subnet.

Owns the message that is signed (EIP-191 over the hotkey and the Keccak-256 of a block number), the
recovery of its signer, and the record. How often it may be done is among the `guards` too.
Source: the runtime's utils/evm.rs.
"""

from __future__ import annotations

from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.pallets.subtensor import guards, ownership, uids
from taokit.local_chain.pallets.subtensor.base import SubtensorBase

_NOBODY = bytes(32)


def associate(
    sub: SubtensorBase,
    hotkey: bytes,
    netuid: int,
    evm_key: bytes,
    block_number: int,
    signature: bytes,
) -> None:
    """Record the address that signed for the hotkey, in place of the one before.

    `signature` is r, s and the recovery number, with or without Ethereum's 27 added. Raises
    InvalidIdentity for one that nobody can have made, InvalidRecoveredPublicKey for another's.
    """
    owned = ownership.exists(sub, hotkey) and sub.owner.get(hotkey) != _NOBODY
    ensure(owned, sub.Error.NonAssociatedColdKey)
    uid = uids.uid_of(sub, netuid, hotkey)
    guards.ensure_evm_key_may_change(sub, netuid, uid)
    signer = recover_address(signed_hash(hotkey, block_number), signature)
    if signer is None:
        raise sub.Error.InvalidIdentity
    ensure(signer == evm_key, sub.Error.InvalidRecoveredPublicKey)
    now = sub.runtime.system.block_number()
    sub.associated_evm_address.insert((netuid, uid), (evm_key, now))
    sub.deposit(
        sub.Event.EvmKeyAssociated(
            netuid=netuid, hotkey=hotkey, evm_key=evm_key, block_associated=now
        )
    )


def signed_hash(hotkey: bytes, block_number: int) -> bytes:
    """What the address signs: the EIP-191 hash of hotkey and hashed block number."""
    message = hotkey + keccak_256(block_number.to_bytes(8, "little"))
    return keccak_256(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)


def recover_address(hash_: bytes, signature: bytes) -> bytes | None:
    """The Ethereum address whose key made a recoverable signature of a hash; None if none can."""
    from coincurve import PublicKey

    recovery = signature[64] - 27 if signature[64] >= 27 else signature[64]
    # sp-io takes Ethereum's 27 off once more.
    recovery = recovery - 27 if recovery > 26 else recovery
    try:
        public = PublicKey.from_signature_and_message(
            signature[:64] + bytes([recovery]), hash_, hasher=None
        )
    except Exception:  # noqa: BLE001 - what earlier releases of the library raise is no narrower
        return None
    return keccak_256(public.format(compressed=False)[1:])[12:]


def keccak_256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it, which is not SHA3-256."""
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()
