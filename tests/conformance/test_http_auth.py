"""Requests signed by taokit pass bittensor 11.3.0's ``http_auth``, its pass ours, and both refuse.

``tests/data/vectors/btauth.json`` holds what each made, once, and what bittensor refused; here both
sides sign anew and bittensor reads the file again.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from peers import python_peer, run_in_peer

from taokit.neuron.auth import btauth
from taokit.neuron.auth.nonces import MemoryNonces
from taokit.wallet import CryptoType, Keypair

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]

VECTORS = json.loads(
    (Path(__file__).parents[1] / "data" / "vectors" / "btauth.json").read_text(encoding="utf-8")
)
CASES = VECTORS["accepted"]

SIGN = """
from bittensor import http_auth
from bittensor.keyfiles import Keypair
found = []
for case in request:
    key = Keypair.create_from_uri(case["signer"], case["crypto"])
    found.append(http_auth.sign(
        key, method=case["method"], path=case["path"], body=bytes.fromhex(case["body"]),
        receiver_ss58=case["receiver"], nonce_ns=case["nonce_ns"],
    ))
answer(found)
"""

JUDGE = """
from bittensor import http_auth
found = []
for case in request:
    try:
        caller = http_auth.verify(
            case["headers"], bytes.fromhex(case["body"]), method=case["method"],
            path=case["path"], self_hotkey_ss58=case["asked"], now_ns=case["now_ns"],
            require_receiver=case["require_receiver"],
            nonce_store=http_auth.InMemoryNonceStore(),
        )
        found.append([caller.hotkey_ss58, caller.nonce_ns, caller.crypto_type])
    except http_auth.AuthError as error:
        found.append(type(error).__name__)
answer(found)
"""


@pytest.fixture(scope="module")
def bittensor() -> Path:
    return python_peer("bittensor==11.3.0")


def key_of(case: dict[str, Any]) -> Keypair:
    return Keypair.from_uri(case["signer"], crypto_type=case["crypto"])


def ours(case: dict[str, Any]) -> dict[str, str]:
    return btauth.sign(
        key_of(case),
        case["method"],
        case["path"],
        bytes.fromhex(case["body"]),
        case["receiver"],
        case["nonce_ns"],
    )


def judged(case: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    return {
        **{name: case[name] for name in ("method", "path", "body", "require_receiver", "asked")},
        "now_ns": case["nonce_ns"] + 1_000_000_000,
        "headers": headers,
    }


def test_what_taokit_signs_now_bittensor_accepts(bittensor: Path) -> None:
    fresh = [{**case, "nonce_ns": time.time_ns() + i} for i, case in enumerate(CASES)]
    answers = run_in_peer(bittensor, JUDGE, [judged(case, ours(case)) for case in fresh])
    assert answers == [
        [key_of(case).ss58_address, case["nonce_ns"], case["crypto"]] for case in fresh
    ]


def test_what_bittensor_signs_now_taokit_accepts(bittensor: Path) -> None:
    fresh = [{**case, "nonce_ns": time.time_ns() + i} for i, case in enumerate(CASES)]
    nonces = MemoryNonces()
    for case, headers in zip(fresh, run_in_peer(bittensor, SIGN, fresh), strict=True):
        assert headers.keys() == ours(case).keys()
        claim = btauth.check_headers(
            headers,
            receiver=case["asked"],
            now_ns=case["nonce_ns"],
            require_receiver=case["require_receiver"],
        )
        body = bytes.fromhex(case["body"])
        caller = btauth.verify(claim, case["method"], case["path"], body, nonces)
        assert caller.hotkey == key_of(case).ss58_address
        assert caller.crypto == CryptoType(case["crypto"])


def test_bittensor_accepts_and_refuses_what_the_vectors_say(bittensor: Path) -> None:
    accepted = [judged(case, case["headers"][maker]) for case in CASES for maker in case["headers"]]
    answers = run_in_peer(bittensor, JUDGE, accepted)
    assert all(isinstance(answer, list) for answer in answers)
    refused = VECTORS["refused"]
    assert run_in_peer(bittensor, JUDGE, refused) == [case["error"] for case in refused]
