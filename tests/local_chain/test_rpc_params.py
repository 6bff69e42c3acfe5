"""Whatever a client puts into params, it gets a JSON-RPC answer and never an internal error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpc_client import Session, fake_chain, run

from taokit.local_chain import ManualClock, NodeChain, NodeConfig, open_chain
from taokit.local_chain.rpc.errors import RpcError
from taokit.local_chain.rpc.params import (
    U8,
    AccountAddress,
    AccountBytes,
    BlockHash,
    BlockNumber,
    HexBytes,
    HexChanges,
    MiningOrder,
    MomentMs,
    decoder_for,
)
from taokit.local_chain.rpc.session import RpcHandler

METHODS = RpcHandler(fake_chain()).table.names
WHOLE = ("taokit_", "dev_snapshot")
"""What asks for more than the fake runtime has: answered by the real one."""


def chain_for(method: str) -> NodeChain | None:
    """A chain that can answer this method; None for the usual fake one."""
    if not method.startswith(WHOLE):
        return None
    return open_chain(NodeConfig(block_time="manual"), ManualClock())


BAD: list[Any] = [
    -1,
    2**300,
    1.5,
    True,
    "",
    "0x",
    "0xzz",
    "0x0",
    "not hex",
    "0x" + "22" * 31,
    "0x" + "22" * 32,
    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX",
    "ÿ\ud800",
    [],
    [[]],
    [None],
    ["0x00", 5],
    {},
    {"count": -1},
    {"to": "x"},
    {"count": 1, "to": 2},
    None,
]


@pytest.mark.parametrize("method", METHODS)
def test_bad_params_of_every_method_are_answered(method, caplog):
    async def scenario(client: Session) -> None:
        for bad in BAD:
            for params in ([bad], [bad, bad], [bad] * 5, ["0x00", bad], ["0x00", 1, bad], bad):
                request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
                said = await client.raw(json.dumps(request))
                answer = said[0]
                assert ("result" in answer) != ("error" in answer)
                if "error" in answer:
                    error = answer["error"]
                    assert isinstance(error["code"], int)
                    assert isinstance(error["message"], str)
                    assert error["code"] != -32603, (params, error)
                    assert isinstance(error.get("data", ""), str)

    run(scenario, chain=chain_for(method))
    assert not caplog.records


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
QUICK = [name for name in METHODS if not name.startswith(("dev_", *WHOLE))]


@given(st.sampled_from(QUICK), JSON)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_as_params_is_answered(method, params):
    async def scenario(client: Session) -> None:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await client.raw(json.dumps(request)))[0]
        assert answer.get("error", {}).get("code") != -32603

    run(scenario)


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_any_text_or_bytes_is_answered_or_ignored(message):
    async def scenario(client: Session) -> None:
        for answer in await client.raw(message):
            assert answer["error"]["code"] in (-32700, -32600)

    run(scenario)


ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
ALICE_BYTES = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")


@pytest.mark.parametrize(
    ("kind", "given_", "read"),
    [
        (HexBytes, "", b""),
        (HexBytes, "0x", b""),
        (HexBytes, "AbCd", b"\xab\xcd"),
        (HexBytes, "0x00ff", b"\x00\xff"),
        (BlockHash, "0x" + "01" * 32, b"\x01" * 32),
        (BlockHash, "01" * 32, b"\x01" * 32),
        (BlockNumber, 5, 5),
        (BlockNumber, "0x10", 16),
        (BlockHash | None, None, None),
        (list[HexBytes], ["0x01", "02"], [b"\x01", b"\x02"]),
        (list[BlockNumber] | BlockNumber | None, ["0x1", 2], [1, 2]),
        (list[BlockNumber] | BlockNumber | None, 3, 3),
        (U8, 255, 255),
        (AccountAddress, ALICE, ALICE_BYTES),
        (AccountAddress, "0x" + ALICE_BYTES.hex(), ALICE_BYTES),
        (AccountBytes, list(ALICE_BYTES), ALICE_BYTES),
        (AccountBytes, ALICE, ALICE_BYTES),
        (HexChanges, [["0x01", "0x02"], ["03", None]], {b"\x01": b"\x02", b"\x03": None}),
        (MiningOrder, 3, (3, None)),
        (MiningOrder, {"count": 3}, (3, None)),
        (MiningOrder, {"to": 9}, (None, 9)),
        (MomentMs, 1_000, 1_000),
        (MomentMs, "1970-01-01T00:00:01.500Z", 1_500),
        (MomentMs, "1970-01-01T01:00:00+01:00", 0),
        (MomentMs, "1970-01-02", 86_400_000),
    ],
)
def test_what_each_kind_of_parameter_takes(kind, given_, read):
    assert decoder_for(kind)(given_) == read


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (HexBytes, 5),
        (HexBytes, "0x1"),
        (HexBytes, "12 34"),
        (HexBytes, "0x0x12"),
        (BlockHash, "0x00"),
        (BlockHash, None),
        (BlockNumber, -1),
        (BlockNumber, True),
        (BlockNumber, "zz"),
        (BlockNumber, 1.0),
        (U8, 256),
        (U8, "1"),
        (list[HexBytes], "0x00"),
        (list[HexBytes], [5]),
        (AccountAddress, ALICE[:-1] + "X"),
        (AccountAddress, "0x00"),
        (AccountBytes, [1] * 31),
        (AccountBytes, [256] * 32),
        (HexChanges, [["0x01"]]),
        (HexChanges, {"0x01": "0x02"}),
        (MiningOrder, {"blocks": 1}),
        (MiningOrder, {"count": 1, "to": 2}),
        (MiningOrder, -1),
        (MomentMs, "yesterday"),
        (MomentMs, -5),
        (str, 5),
        (bool, 1),
    ],
)
def test_what_each_kind_of_parameter_refuses(kind, bad):
    with pytest.raises(RpcError) as refused:
        decoder_for(kind)(bad)
    assert refused.value.code == -32602
    assert isinstance(refused.value.data, str)
