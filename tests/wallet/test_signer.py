"""The signer seam: keys at once, devices when awaited, locked keys at the first signature."""

from __future__ import annotations

import asyncio

import pytest

from taokit.wallet import Signer, UnlockingSigner, dev_key, signature_from
from taokit.wallet.errors import SignerRefused


class Device:
    """A signer that answers later."""

    def __init__(self, answer=None):
        self.keypair = dev_key("Alice")
        self.answer = answer

    ss58_address = property(lambda self: self.keypair.ss58_address)
    public_key = property(lambda self: self.keypair.public_key)
    crypto_type = property(lambda self: self.keypair.crypto_type)

    async def sign(self, payload: bytes) -> bytes:
        await asyncio.sleep(0)
        return self.keypair.sign(payload) if self.answer is None else self.answer


def test_keys_and_devices_are_signers_and_sign_alike():
    alice = dev_key("Alice")
    for signer in (alice, Device(), UnlockingSigner(alice.public(), lambda: alice)):
        assert isinstance(signer, Signer)
        assert alice.verify(b"payload", asyncio.run(signature_from(signer, b"payload")))


@pytest.mark.parametrize("answer", [b"", b"\1" * 63, "0x00", 7])
def test_what_is_not_a_signature_is_refused(answer):
    with pytest.raises(SignerRefused):
        asyncio.run(signature_from(Device(answer), b"payload"))


def test_a_locked_key_is_unlocked_once_and_only_to_sign():
    unlocked = []
    alice = dev_key("Alice")
    signer = UnlockingSigner(alice.public(), lambda: unlocked.append(1) or alice)
    assert signer.ss58_address == alice.ss58_address
    assert unlocked == []
    signer.sign(b"one")
    signer.sign(b"two")
    assert unlocked == [1]


def test_another_key_than_the_one_announced_does_not_sign():
    signer = UnlockingSigner(dev_key("Alice").public(), lambda: dev_key("Bob"))
    with pytest.raises(SignerRefused):
        signer.sign(b"payload")
