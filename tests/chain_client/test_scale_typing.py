"""What a type checker makes of declared types: Python's types, and typed constructors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = """
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from typing_extensions import assert_type

from taokit.chain_client.scale import (
    AccountId, AccountId32, Array, BoundedVec, Box, BTreeMap, Bytes, Codec, Compact, Enum, Err,
    FixedBytes, H256, NewType, Ok, Option, Result, Struct, Tuple, Unit, UnitEnum, Variant, Vec,
    codec, u8, u16, u64, u128,
)

NetUid = Annotated[int, NewType("NetUid", u16, path="a::NetUid")]


class Data(Struct, path="pallet_balances::types::AccountData"):
    free: u64
    flags: u128 = 0


class Address(Enum, path="a::Address"):
    class Id(Variant, index=0, unnamed=True):
        value: AccountId

    class Index(Variant, index=1, name="Number"):
        name: Compact[Unit]


class Kind(UnitEnum, path="a::Kind"):
    A = 0


class Wide(Struct, types={"a": "T::A"}, params={"T": None}):
    a: Array[u64, Literal[4]]
    b: FixedBytes[Literal[48]]
    c: BoundedVec[u16]
    d: BoundedVec[u16, Literal[5]]
    e: BTreeMap[NetUid, Bytes]
    f: Tuple[u8, Option[H256]]
    g: Box[Address]
    h: Result[u8, Kind]


def use(data: Data, wide: Wide, address: Address) -> bytes:
    assert_type(data.free + data.flags, int)
    assert_type(data.replace(free=1), Data)
    assert_type(Data.default(), Data)
    assert_type(wide.a, list[int])
    assert_type(wide.b, bytes)
    assert_type(wide.c, list[int])
    assert_type(wide.d, list[int])
    assert_type(wide.e, dict[int, bytes])
    assert_type(wide.f, tuple[int, bytes | None])
    assert_type(wide.g, Address)
    assert_type(wide.h, Ok[int] | Err[Kind])
    assert_type(codec(Data), Codec[Data])
    assert_type(codec(Vec[u16]).decode(b""), list[int])
    match address:
        case Address.Id(value=found):
            assert_type(found, bytes)
            return found
    return AccountId32("5F")


use(Data(5), Wide.default(), Address.Id(b""))
use(Data(free=5, flags=6), Wide.default(), Address.Index(name=()))
{data: 1 for data in [Data(1)]}
Data("x")  # error: arg-type
Data(bogus=1)  # error: call-arg
Data()  # error: call-arg
Address.Id(value=5)  # error: arg-type
Data(1).free = 3  # error: misc
"""


def test_mypy_strict_sees_the_values(tmp_path, monkeypatch) -> None:
    api = pytest.importorskip("mypy.api")
    module = tmp_path / "declarations.py"
    module.write_text(MODULE)
    monkeypatch.chdir(ROOT)
    output, errors, _ = api.run(["--strict", "--no-error-summary", str(module)])
    assert not errors
    found = {
        (int(line), code)
        for name, line, code in re.findall(r"^(\S+?):(\d+): error: .*\[(\S+)\]$", output, re.M)
        if name.endswith("declarations.py")
    }
    wanted = {
        (number, match[1])
        for number, text in enumerate(MODULE.splitlines(), 1)
        if (match := re.search(r"# error: (\S+)", text))
    }
    assert found == wanted, output
