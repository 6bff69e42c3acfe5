"""Signed answers, signed streams and receipts: whatever is changed, the signature says so."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from taokit.neuron.auth import responses
from taokit.neuron.auth.responses import Exchange
from taokit.neuron.auth.streaming import Event, StreamSigner, StreamVerifier
from taokit.neuron.errors import AuthError, BadSignature, MalformedAuth
from taokit.wallet import CryptoType, Keypair, dev_key

ALICE, BOB = dev_key("alice"), dev_key("bob")
BODY = b'{"answer":42}'
EXCHANGE = Exchange(
    responder=BOB.ss58_address,
    requester=ALICE.ss58_address,
    req=hashlib.sha256(b"question").hexdigest(),
    request_signature="ab" * 64,
)
ED_BOB = dev_key("bob", crypto_type=CryptoType.ED25519)


@pytest.mark.parametrize("key", [BOB, ED_BOB], ids=["sr25519", "ed25519"])
def test_an_answer_is_proven_and_leaves_a_receipt(key: Keypair) -> None:
    exchange = dataclasses.replace(EXCHANGE, responder=key.ss58_address)
    header = responses.sign_response(key, exchange, 200, BODY)
    seal = responses.verify_response(exchange, 200, BODY, header)
    receipt = seal.receipt(exchange, ttft_ms=3, ms=5)
    assert receipt.resp == hashlib.sha256(BODY).hexdigest()
    responses.verify_receipt(receipt)


@pytest.mark.parametrize(
    "change",
    [
        {"responder": ALICE.ss58_address},
        {"requester": BOB.ss58_address},
        {"req": "00" * 32},
        {"request_signature": "cd" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_answer_belongs_to_one_request(change: dict[str, str]) -> None:
    header = responses.sign_response(BOB, EXCHANGE, 200, BODY)
    with pytest.raises(BadSignature):
        responses.verify_response(dataclasses.replace(EXCHANGE, **change), 200, BODY, header)


def test_body_status_and_scheme_are_signed() -> None:
    header = responses.sign_response(BOB, EXCHANGE, 200, BODY)
    for status, body, text in (
        (200, b"{}", header),
        (500, BODY, header),
        (200, BODY, header.replace("sr25519", "ed25519")),
        (200, BODY, "sr25519:" + "00" * 64),
    ):
        with pytest.raises(BadSignature):
            responses.verify_response(EXCHANGE, status, body, text)


@pytest.mark.parametrize("header", [None, "", "00", "sr25519", "sr25519:", "rsa:" + "00" * 64])
def test_a_header_that_cannot_be_read_is_malformed(header: str | None) -> None:
    with pytest.raises(MalformedAuth):
        responses.verify_response(EXCHANGE, 200, BODY, header)


def test_a_receipt_cannot_be_changed() -> None:
    header = responses.sign_response(BOB, EXCHANGE, 200, BODY)
    receipt = responses.verify_response(EXCHANGE, 200, BODY, header).receipt(EXCHANGE)
    for change in (
        {"miner": ALICE.ss58_address},
        {"caller": BOB.ss58_address},
        {"resp": "00" * 32},
        {"req": "00" * 32},
        {"status": 500},
        {"crypto": "ed25519"},
    ):
        with pytest.raises(BadSignature):
            responses.verify_receipt(receipt.model_copy(update=change))


def stream(*texts: str) -> bytes:
    signer = StreamSigner(BOB, EXCHANGE)
    return b"".join(signer.event(text) for text in texts) + signer.finish()


def read(data: bytes, step: int) -> tuple[list[Event], StreamVerifier]:
    verifier, events = StreamVerifier(EXCHANGE), []
    for start in range(0, len(data), step):
        events += verifier.feed(data[start : start + step])
    return events, verifier


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
def test_a_stream_reads_the_same_however_it_is_cut(step: int) -> None:
    texts = ["one", "", "two\nlines", "ünï", ": not a comment", '{"a":1}']
    events, verifier = read(stream(*texts), step)
    assert [event.data for event in events] == texts
    assert verifier.seal is not None
    responses.verify_receipt(verifier.seal.receipt(EXCHANGE))


def test_a_tampered_stream_is_found_out() -> None:
    whole = stream("one", "two")
    for changed in (
        whole.replace(b"one", b"eno"),
        whole.replace(b"data: one\n\n", b""),
        whole.replace(b"data: two\n\n", b"data: two\n\ndata: two\n\n"),
        b": comment\n\n" + whole,
        whole.replace(b'"status":200', b'"status":500'),
        b"data: one\n\n" + stream("other").removeprefix(b"data: other\n\n"),
    ):
        with pytest.raises(AuthError):
            read(changed, 10_000)


def test_a_stream_cut_short_has_no_seal() -> None:
    _, verifier = read(stream("one", "two")[:-10], 5)
    assert verifier.seal is None


def test_nothing_may_follow_the_receipt() -> None:
    for step in (1, 10_000):
        with pytest.raises(MalformedAuth):
            read(stream("one") + b"data: more\n\n", step)


@pytest.mark.parametrize(
    "receipt", ["", "{}", "[" * 100_000, '{"status":1e999}', '{"status":200,"resp":1}']
)
def test_a_receipt_that_cannot_be_read_is_malformed(receipt: str) -> None:
    with pytest.raises(MalformedAuth):
        read(f"event: receipt\ndata: {receipt}\n\n".encode(), 1_000_000)


def test_a_handler_cannot_forge_the_receipt_event() -> None:
    signer = StreamSigner(BOB, EXCHANGE)
    for name in ("receipt", "a\nb", ""):
        with pytest.raises(ValueError):
            signer.event("x", name)
    data = signer.event("\n\nevent: receipt\ndata: {}") + signer.finish()
    events, verifier = read(data, 10_000)
    assert len(events) == 1
    assert verifier.seal is not None
