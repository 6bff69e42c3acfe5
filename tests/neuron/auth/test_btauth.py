"""btauth/1 against vectors that both implementations made, and what it refuses before a body."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taokit.neuron import errors
from taokit.neuron.auth import btauth
from taokit.neuron.auth.claims import BODY_SECONDS
from taokit.neuron.auth.codecs import codec_for, request_signature
from taokit.neuron.auth.nonces import MemoryNonces, fresh_nonce
from taokit.wallet import Keypair, dev_key
from taokit.wallet.errors import SignerRefused

VECTORS = json.loads(
    (Path(__file__).parents[2] / "data" / "vectors" / "btauth.json").read_text(encoding="utf-8")
)
SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND
ALICE, BOB = dev_key("alice"), dev_key("bob")
PATH, BODY = "/answer", b'{"n":1}'


def name(case: dict[str, Any]) -> str:
    return str(case["name"])


def judge(case: dict[str, Any], headers: dict[str, str], now_ns: int) -> Any:
    claim = btauth.check_headers(
        headers,
        receiver=case["asked"],
        now_ns=now_ns,
        require_receiver=case["require_receiver"],
    )
    body, nonces = bytes.fromhex(case["body"]), MemoryNonces(clock=lambda: now_ns)
    return btauth.verify(claim, case["method"], case["path"], body, nonces, now_ns=now_ns)


def signed(nonce_ns: int = NOW, receiver: str | None = BOB.ss58_address) -> dict[str, str]:
    return btauth.sign(ALICE, "POST", PATH, BODY, receiver, nonce_ns)


def claim_of(headers: dict[str, str], now_ns: int = NOW) -> Any:
    return btauth.check_headers(headers, receiver=BOB.ss58_address, now_ns=now_ns)


@pytest.mark.parametrize("maker", ["bittensor", "taokit"])
@pytest.mark.parametrize("case", VECTORS["accepted"], ids=name)
def test_requests_signed_by_either_side_are_accepted(case: dict[str, Any], maker: str) -> None:
    key = Keypair.from_uri(case["signer"], crypto_type=case["crypto"])
    caller = judge(case, case["headers"][maker], case["nonce_ns"] + SECOND)
    assert (caller.hotkey, caller.nonce_ns) == (key.ss58_address, case["nonce_ns"])
    assert caller.crypto == case["crypto"]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=name)
def test_the_signed_bytes_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    key = Keypair.from_uri(case["signer"], crypto_type=case["crypto"])
    signed_bytes = btauth.payload(
        case["crypto"],
        case["method"],
        case["path"],
        bytes.fromhex(case["body"]),
        case["nonce_ns"],
        key.ss58_address,
        case["receiver"],
    )
    assert signed_bytes == case["payload"].encode()
    signature = case["headers"]["bittensor"]["X-Bittensor-Signature"]
    assert key.verify(signed_bytes, signature)


@pytest.mark.parametrize("case", VECTORS["refused"], ids=name)
def test_requests_are_refused_for_the_same_reason(case: dict[str, Any]) -> None:
    with pytest.raises(getattr(errors, case["error"])):
        judge(case, case["headers"], case["now_ns"])


@pytest.mark.parametrize("nonce", ["007", "+7", "-7", " 7", "7_0", "٧", "1e9", "9" * 30])
def test_a_nonce_has_one_spelling(nonce: str) -> None:
    with pytest.raises(errors.MalformedAuth):
        claim_of({**signed(), "X-Bittensor-Nonce": nonce})


def test_an_address_has_one_spelling() -> None:
    from taokit.wallet import ss58

    other = ss58.encode(ALICE.public_key, 0)
    with pytest.raises(errors.MalformedAuth):
        claim_of({**signed(), "X-Bittensor-Hotkey": other})


def test_header_names_may_be_in_any_case() -> None:
    headers = signed()
    assert claim_of({key.upper(): value for key, value in headers.items()}) == claim_of(headers)


def test_the_window_is_ten_seconds_back_and_two_ahead() -> None:
    claim_of(signed(), NOW + 10 * SECOND)
    claim_of(signed(), NOW - 2 * SECOND)
    for now in (NOW + 10 * SECOND + 1, NOW - 2 * SECOND - 1):
        with pytest.raises(errors.StaleRequest):
            claim_of(signed(), now)


def test_freshness_is_judged_when_headers_arrive_not_when_the_body_is_whole() -> None:
    claim = claim_of(signed(), NOW + 9 * SECOND)
    late = NOW + 9 * SECOND + int((BODY_SECONDS - 1) * SECOND)
    nonces = MemoryNonces(clock=lambda: late)
    assert btauth.verify(claim, "POST", PATH, BODY, nonces, now_ns=late).hotkey == claim.hotkey
    with pytest.raises(errors.ReplayedRequest):  # and is remembered for as long
        btauth.verify(claim, "POST", PATH, BODY, nonces, now_ns=late)


def test_a_body_that_takes_too_long_is_stale() -> None:
    claim = claim_of(signed())
    late = NOW + int((BODY_SECONDS + 1) * SECOND)
    with pytest.raises(errors.StaleRequest):
        btauth.verify(claim, "POST", PATH, BODY, MemoryNonces(), now_ns=late)


def test_a_request_is_accepted_once() -> None:
    claim, nonces = claim_of(signed()), MemoryNonces(clock=lambda: NOW)
    btauth.verify(claim, "POST", PATH, BODY, nonces, now_ns=NOW)
    with pytest.raises(errors.ReplayedRequest):
        btauth.verify(claim, "POST", PATH, BODY, nonces, now_ns=NOW)


def test_a_forged_request_uses_up_no_nonce() -> None:
    claim, nonces = claim_of(signed()), MemoryNonces(clock=lambda: NOW)
    with pytest.raises(errors.BadSignature):
        btauth.verify(claim, "POST", PATH, b"other", nonces, now_ns=NOW)
    assert len(nonces) == 0
    btauth.verify(claim, "POST", PATH, BODY, nonces, now_ns=NOW)


def test_errors_never_repeat_what_was_signed() -> None:
    with pytest.raises(errors.AuthError) as caught:
        claim_of({**signed(), "X-Bittensor-Signature": "0xsecret"})
    assert "secret" not in str(caught.value)


def test_nonces_of_one_process_grow() -> None:
    drawn = [fresh_nonce() for _ in range(1000)]
    assert drawn == sorted(set(drawn))


def test_a_signer_that_has_to_wait_is_refused() -> None:
    class Device:
        ss58_address, public_key, crypto_type = ALICE.ss58_address, ALICE.public_key, 1

        async def sign(self, payload: bytes) -> bytes:
            return bytes(64)

    with pytest.raises(SignerRefused):
        btauth.sign(Device(), "POST", PATH, BODY)


def test_the_codec_follows_from_the_version_header() -> None:
    codec = codec_for(signed())
    assert codec.NAME == "btauth"
    assert request_signature(codec, signed()) != request_signature(codec, signed())
    with pytest.raises(errors.MalformedAuth):
        codec_for(signed(), ("epistula",))
    with pytest.raises(errors.MalformedAuth):
        codec_for({})
