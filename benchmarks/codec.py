"""Our codec against cyscale, the ecosystem's own (Cython), in one run.

    python benchmarks/codec.py

Prints the best time of each side and their ratio (above 1: ours is faster). The two sides are
measured in turns, so that a busy machine slows both. cyscale decodes a value in two ways: through
an object, as its documentation shows and its users do, and through a compiled "value decoder",
which is shown too; a small dict is where that one, being C, stays ahead of generated Python.
"""

from __future__ import annotations

import lzma
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from taokit.chain_client.metadata import Metadata
from taokit.chain_client.scale import Struct, Tuple, Vec, codec, u16, u32, u64, u128

DATA = Path(__file__).parent.parent / "tests" / "data" / "finney-424" / "metadata-v16.scale.xz"
ACCOUNT_INFO = "frame_system::AccountInfo"


class AccountData(Struct):
    """A balance, as the chain declares it."""

    free: u64
    reserved: u64
    frozen: u64
    flags: u128


class AccountInfo(Struct):
    """An account, as the chain declares it."""

    nonce: u32
    consumers: u32
    providers: u32
    sufficients: u32
    data: AccountData


def best(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int, calls: int) -> Any:
    """The least microseconds per call of both sides."""
    least = [float("inf"), float("inf")]
    for _ in range(rounds):
        for side, function in enumerate((ours, theirs)):
            start = time.perf_counter()
            for _ in range(calls):
                function()
            least[side] = min(least[side], (time.perf_counter() - start) / calls * 1e6)
    return least


def compare(
    name: str, ours: Callable[[], Any], theirs: Callable[[], Any], *, rounds: int, calls: int
) -> float:
    """Measure, print one line, and give the ratio."""
    mine, other = best(ours, theirs, rounds, calls)
    print(f"{name:34} {mine:12.2f} {other:12.2f} {other / mine:8.2f}x")
    return float(other / mine)


def main() -> int:
    """Print the table; 1 if any line but the last is not faster than cyscale."""
    raw16 = lzma.decompress(DATA.read_bytes())
    metadata = Metadata.decode(raw16)
    raw15 = metadata.encode(15)

    reference = RuntimeConfigurationObject(ss58_format=42, implements_scale_info=True)
    reference.update_type_registry(load_type_registry_preset("core"))

    def decode_reference() -> Any:
        found = reference.create_scale_object("MetadataVersioned", data=ScaleBytes(raw15))
        found.decode()
        return found

    reference.add_portable_registry(decode_reference())
    account_id = metadata.types.find(ACCOUNT_INFO)[0]
    account = metadata.types.codec(account_id)
    declared = codec(AccountInfo)
    raw_account = bytes(range(56))
    value = account.decode(raw_account)
    instance = declared.decode(raw_account)
    their_account = reference.create_scale_object(f"scale_info::{account_id}")
    decode_account: Any = reference.get_value_decoder(f"scale_info::{account_id}")

    def decode_account_object() -> Any:
        data = ScaleBytes(raw_account)
        return reference.create_scale_object(f"scale_info::{account_id}", data=data).decode()

    pairs: list[tuple[int, int]] = [(i, 65535 - i) for i in range(256)]
    ours_pairs = codec(Vec[Tuple[u16, u16]])
    their_pairs = reference.create_scale_object("Vec<(u16, u16)>")
    decode_pairs: Any = reference.get_value_decoder("Vec<(u16, u16)>")
    raw_pairs = ours_pairs.encode(pairs)
    assert bytes(their_pairs.encode(pairs).data) == raw_pairs
    assert decode_pairs(raw_pairs) == pairs == ours_pairs.decode(raw_pairs)
    assert decode_account(raw_account) == value

    print(f"{'microseconds, best':34} {'taokit':>12} {'cyscale':>12} {'ratio':>9}")
    ratios = [
        compare(
            "metadata V15 decode",
            lambda: Metadata.decode(raw15),
            decode_reference,
            rounds=5,
            calls=1,
        ),
        compare(
            "metadata V16 decode (theirs: V15)",
            lambda: Metadata.decode(raw16),
            decode_reference,
            rounds=5,
            calls=1,
        ),
        compare(
            "256 pairs of u16, decode",
            lambda: ours_pairs.decode(raw_pairs),
            lambda: decode_pairs(raw_pairs),
            rounds=60,
            calls=200,
        ),
        compare(
            "256 pairs of u16, encode",
            lambda: ours_pairs.encode(pairs),
            lambda: their_pairs.encode(pairs),
            rounds=5,
            calls=20,
        ),
        compare(
            "AccountInfo decode, dict",
            lambda: account.decode(raw_account),
            decode_account_object,
            rounds=20,
            calls=1000,
        ),
        compare(
            "AccountInfo decode, declared",
            lambda: declared.decode(raw_account),
            decode_account_object,
            rounds=20,
            calls=1000,
        ),
        compare(
            "AccountInfo encode, dict",
            lambda: account.encode(value),
            lambda: their_account.encode(value),
            rounds=10,
            calls=500,
        ),
        compare(
            "AccountInfo encode, declared",
            lambda: declared.encode(instance),
            lambda: their_account.encode(value),
            rounds=10,
            calls=500,
        ),
    ]
    compare(
        "(dict, against the value decoder)",
        lambda: account.decode(raw_account),
        lambda: decode_account(raw_account),
        rounds=30,
        calls=5000,
    )
    return int(min(ratios) < 1)


if __name__ == "__main__":
    sys.exit(main())
