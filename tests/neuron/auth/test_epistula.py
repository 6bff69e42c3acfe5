"""Epistula, version 2: its format, its window, and that a uuid is accepted once."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from taokit.neuron import errors
from taokit.neuron.auth import epistula
from taokit.neuron.auth.nonces import MemoryNonces
from taokit.wallet import CryptoType, dev_key
from taokit.wallet.errors import SignerRefused

SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND
ALICE, BOB = dev_key("alice"), dev_key("bob")
BODY = b'{"n":1}'


def signed(receiver: str | None = BOB.ss58_address) -> dict[str, str]:
    return epistula.sign(ALICE, "POST", "/x", BODY, receiver, NOW)


def claim_of(headers: dict[str, str], now_ns: int = NOW, **options: Any) -> Any:
    return epistula.check_headers(headers, receiver=BOB.ss58_address, now_ns=now_ns, **options)


def test_the_signed_text_is_digest_uuid_milliseconds_receiver() -> None:
    headers = signed()
    digest = hashlib.sha256(BODY).hexdigest()
    text = f"{digest}.{headers['Epistula-Uuid']}.{NOW // 10**6}.{BOB.ss58_address}"
    assert ALICE.verify(text.encode(), headers["Epistula-Request-Signature"])
    assert headers["Epistula-Version"] == "2"
    assert headers["Epistula-Signed-By"] == ALICE.ss58_address
    assert headers["Epistula-Signed-For"] == BOB.ss58_address


def test_a_request_is_accepted_once() -> None:
    claim, nonces = claim_of(signed()), MemoryNonces(clock=lambda: NOW)
    assert epistula.verify(claim, "POST", "/x", BODY, nonces, now_ns=NOW).hotkey == claim.hotkey
    with pytest.raises(errors.ReplayedRequest):
        epistula.verify(claim, "POST", "/x", BODY, nonces, now_ns=NOW)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"Epistula-Version": "1"}, errors.MalformedAuth),
        ({"Epistula-Uuid": "7"}, errors.MalformedAuth),
        ({"Epistula-Uuid": "a.b"}, errors.MalformedAuth),
        ({"Epistula-Timestamp": "x"}, errors.MalformedAuth),
        ({"Epistula-Request-Signature": ""}, errors.MalformedAuth),
        ({"Epistula-Signed-For": ALICE.ss58_address}, errors.WrongReceiver),
        ({"Epistula-Signed-For": ""}, errors.WrongReceiver),
        ({"Epistula-Timestamp": str(NOW // 10**6 - 8001)}, errors.StaleRequest),
        ({"Epistula-Timestamp": str(NOW // 10**6 + 2001)}, errors.StaleRequest),
    ],
)
def test_headers_are_refused_before_the_body(
    change: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        claim_of({**signed(), **change})


def test_another_body_is_not_what_was_signed() -> None:
    with pytest.raises(errors.BadSignature):
        epistula.verify(claim_of(signed()), "POST", "/x", b"", MemoryNonces(), now_ns=NOW)


def test_a_request_for_nobody_passes_only_where_that_is_allowed() -> None:
    claim = claim_of(signed(None), require_receiver=False)
    assert epistula.verify(claim, "POST", "/x", BODY, MemoryNonces(clock=lambda: NOW), now_ns=NOW)
    with pytest.raises(errors.WrongReceiver):
        claim_of(signed(None))


def test_ed25519_keys_are_told_to_use_btauth() -> None:
    with pytest.raises(SignerRefused):
        epistula.sign(dev_key("alice", crypto_type=CryptoType.ED25519), "POST", "/x")
