"""What the pool answers to extrinsics that only authors make, or that nobody validates."""

from __future__ import annotations

import pytest
from calls import made, pay
from chain_under_test import Chain
from shielding import signed, transfer

from taokit.local_chain.errors import PoolError
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.extrinsic import bare
from taokit.local_chain.local_node import open_chain
from taokit.local_chain.node.clock import ManualClock
from taokit.local_chain.node_config import NodeConfig

BOB = bytes(range(32))


@pytest.mark.parametrize(
    ("call", "kind", "code"),
    [
        (made("Timestamp", "set", 1), "MandatoryValidation", 1010),
        (pay(BOB, 1), "NoUnsignedValidator", 1011),
        (made("Grandpa", "note_stalled", 1, 1), "Call", 1010),
        (made("System", "remark", b""), "Call", 1010),
    ],
)
def test_an_unsigned_call_is_refused_for_the_right_reason(call: Call, kind: str, code: int) -> None:
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    with pytest.raises(PoolError) as caught:
        chain.submit(bare(call))
    assert (caught.value.kind, caught.value.rpc_code) == (kind, code)
    data = b"\x02" + bare(call) + bytes(32)
    answer = chain.call("TaggedTransactionQueue_validate_transaction", data)
    assert answer[:2] == (b"\x01\x01" if code == 1011 else b"\x01\x00")


def test_a_signed_call_of_authors_is_for_authors_too() -> None:
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    call = RuntimeCallCodec.shared.encode(made("Timestamp", "set", 1))
    with pytest.raises(PoolError) as caught:
        chain.submit(signed(chain, call, 0))
    assert caught.value.kind == "MandatoryValidation"


def test_a_signer_named_by_another_form_is_not_looked_up() -> None:
    chain = open_chain(NodeConfig(block_time="manual"), ManualClock())
    extrinsic = bytearray(signed(chain, transfer(BOB, 1), 0))
    start = extrinsic.index(b"\x84") + 1
    extrinsic[start] = 3  # Address32
    with pytest.raises(PoolError) as caught:
        chain.submit(bytes(extrinsic))
    assert (caught.value.kind, caught.value.rpc_code) == ("CannotLookup", 1011)


def test_bytes_that_are_no_call_do_not_go_into_a_block(chain: Chain) -> None:
    chain.begin_block()
    result = chain.runtime.apply_extrinsic(b"\x0c\x05\xff\xff")
    assert result.invalid is not None
    assert result.invalid.kind == "Call"
