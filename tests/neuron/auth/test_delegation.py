"""Delegation: a validator's word for a gateway, for one subnet, some paths and some time."""

from __future__ import annotations

import base64
import json

import pytest

from taokit.neuron.auth.delegation import Delegation, check_delegation, delegate
from taokit.neuron.errors import AuthError, BadSignature, MalformedAuth
from taokit.wallet import CryptoType, Keypair, dev_key

VALIDATOR, GATEWAY = dev_key("alice"), dev_key("bob")


def token(key: Keypair = VALIDATOR, scope: str = "*") -> str:
    return delegate(key, GATEWAY.ss58_address, 7, exp=2000, scope=scope)


def check(text: str, **changes: object) -> Delegation:
    asked = {"caller": GATEWAY.ss58_address, "netuid": 7, "path": "/v1/a", "now_s": 1000.0}
    return check_delegation(text, **{**asked, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("crypto", list(CryptoType), ids=lambda crypto: crypto.name)
def test_a_gateway_may_ask_for_its_delegator(crypto: CryptoType) -> None:
    key = dev_key("alice", crypto_type=crypto)
    assert check(token(key)).delegator == key.ss58_address


@pytest.mark.parametrize(
    "change",
    [{"caller": VALIDATOR.ss58_address}, {"netuid": 8}, {"now_s": 2000.0}, {"path": "/v2"}],
    ids=["another caller", "another subnet", "expired", "another path"],
)
def test_a_delegation_goes_no_further_than_it_says(change: dict[str, object]) -> None:
    assert check(token(scope="/v1/"))
    with pytest.raises(AuthError):
        check(token(scope="/v1/"), **change)


@pytest.mark.parametrize("field", ["delegator", "gateway", "netuid", "scope", "exp"])
def test_every_field_is_signed(field: str) -> None:
    said = json.loads(base64.urlsafe_b64decode(token()))
    said[field] = 8 if isinstance(said[field], int) else dev_key("eve").ss58_address
    with pytest.raises(BadSignature):
        check(base64.urlsafe_b64encode(json.dumps(said).encode()).decode())


@pytest.mark.parametrize("text", ["", "%", "e30=", base64.b64encode(b"[" * 999).decode()])
def test_a_token_that_cannot_be_read_is_malformed(text: str) -> None:
    with pytest.raises(MalformedAuth):
        check(text)


def test_a_scope_is_a_path() -> None:
    for scope in ("v1", "/a\nb", ""):
        with pytest.raises(ValueError):
            token(scope=scope)
