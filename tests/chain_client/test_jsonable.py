"""The JSON forms of results: part of the command line's interface."""

from __future__ import annotations

import enum
import json
from fractions import Fraction

import pytest

from taokit.chain_client import Alpha, Call, Price, Tao, to_json
from taokit.chain_client.errors import DispatchFailed, NotFound
from taokit.chain_client.scale import AccountId32
from taokit.wallet import dev_key

ALICE = dev_key("Alice")


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Tao(5), {"rao": 5, "unit": "TAO"}),
        (Tao(2**53 + 1), {"rao": "9007199254740993", "unit": "TAO"}),
        (Alpha(5, 3), {"rao": 5, "unit": "alpha", "netuid": 3}),
        (Price(5, 3), {"rao": 5, "unit": "TAO/alpha", "netuid": 3}),
        (2**53, 2**53),
        (-(2**60), str(-(2**60))),
        (True, True),
        (None, None),
        ("text", "text"),
        (b"\x01\xff", "0x01ff"),
        (AccountId32(ALICE.public_key), ALICE.ss58_address),
        (Fraction(1, 20), "0.05"),
        (Fraction(-3, 2), "-1.5"),
        (Fraction(7), "7"),
        (Fraction(1, 3), "0.333333333333333333"),
        (Colour.RED, "RED"),
        ((1, [2, {"a": (3,)}]), [1, [2, {"a": [3]}]]),
        ({1: {2: 3}}, {"1": {"2": 3}}),
        ({3, 1}, [1, 3]),
        (
            Call("System", "remark", {"remark": b"x"}),
            {"pallet": "System", "name": "remark", "args": {"remark": "0x78"}},
        ),
        (
            DispatchFailed(pallet="Balances", name="InsufficientBalance", index=2),
            {
                "code": "dispatch_failed",
                "message": "the call failed with Balances.InsufficientBalance",
                "hint": None,
                "chain": {"pallet": "Balances", "name": "InsufficientBalance", "index": 2},
            },
        ),
        (
            NotFound(kind="subnet", name=9, hint="list them"),
            {"code": "not_found", "message": "no subnet 9", "hint": "list them"},
        ),
    ],
)
def test_each_kind_of_value_has_one_form(value, expected):
    assert to_json(value) == expected
    assert json.loads(json.dumps(to_json(value))) == expected


def test_what_has_no_form_is_an_error():
    with pytest.raises(TypeError):
        to_json(object())
    with pytest.raises(TypeError):
        to_json(1.5)
