"""SCALE: declared types, dynamic values, one codec for both.

    from taokit.chain_client.scale import Struct, Vec, codec, u16, u64

    class Pair(Struct, path="example::Pair"):
        uid: u16
        stake: u64

    codec(Vec[Pair]).encode([Pair(1, 5)])        # b"\\x04\\x01\\x00\\x05..."

The modules: ``base`` (the contract), ``names`` (u8, Vec, ...), ``records`` and
``declared_enums`` (Struct, Enum, ...),
``numbers``, ``bytestrings``, ``sequences``, ``maps``, ``bits``, ``options``, ``products``,
``enums``, ``account``, ``era`` (the types), ``dynamic`` (values of types read from metadata),
``source`` (code generation), ``resolve`` (annotations), ``jsonable`` (JSON forms).

Values: integers are int; Option is None or the value (``Some`` around it where None would be
ambiguous); ``Vec<u8>`` and ``[u8; N]`` are bytes; other vectors and arrays are lists; maps are
dicts; a declared ``BTreeSet`` is a list in order; declared structs and variants are instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import AccountCodec as AccountCodec
    from .account import AccountId as AccountId32
    from .base import MAX_DEPTH as MAX_DEPTH
    from .base import Codec as Codec
    from .bits import BitSequence as BitSequence
    from .declared_enums import Enum as Enum
    from .declared_enums import UnitEnum as UnitEnum
    from .declared_enums import Variant as Variant
    from .enums import OuterEnum as OuterEnum
    from .era import Era as Era
    from .jsonable import to_json as to_json
    from .names import H160 as H160
    from .names import H256 as H256
    from .names import H512 as H512
    from .names import U256 as U256
    from .names import AccountId as AccountId
    from .names import Array as Array
    from .names import Bool as Bool
    from .names import BoundedBytesVec as BoundedBytesVec
    from .names import BoundedVec as BoundedVec
    from .names import Box as Box
    from .names import BTreeMap as BTreeMap
    from .names import BTreeSet as BTreeSet
    from .names import Bytes as Bytes
    from .names import Char as Char
    from .names import Compact as Compact
    from .names import FixedBytes as FixedBytes
    from .names import Option as Option
    from .names import Result as Result
    from .names import Text as Text
    from .names import Tuple as Tuple
    from .names import Unit as Unit
    from .names import Vec as Vec
    from .names import VecDeque as VecDeque
    from .names import WeakBoundedVec as WeakBoundedVec
    from .names import i8 as i8
    from .names import i16 as i16
    from .names import i32 as i32
    from .names import i64 as i64
    from .names import i128 as i128
    from .names import i256 as i256
    from .names import u8 as u8
    from .names import u16 as u16
    from .names import u32 as u32
    from .names import u64 as u64
    from .names import u128 as u128
    from .names import u256 as u256
    from .options import Err as Err
    from .options import Ok as Ok
    from .options import Some as Some
    from .records import NewType as NewType
    from .records import Struct as Struct
    from .resolve import codec as codec

_HOMES = {
    "AccountCodec": "account",
    "AccountId32": "account",
    "BitSequence": "bits",
    "Codec": "base",
    "Enum": "declared_enums",
    "Era": "era",
    "Err": "options",
    "MAX_DEPTH": "base",
    "NewType": "records",
    "Ok": "options",
    "OuterEnum": "enums",
    "Some": "options",
    "Struct": "records",
    "UnitEnum": "declared_enums",
    "Variant": "declared_enums",
    "codec": "resolve",
    "to_json": "jsonable",
}

__all__ = [
    "H160",
    "H256",
    "H512",
    "MAX_DEPTH",
    "U256",
    "AccountCodec",
    "AccountId",
    "AccountId32",
    "Array",
    "BTreeMap",
    "BTreeSet",
    "BitSequence",
    "Bool",
    "BoundedBytesVec",
    "BoundedVec",
    "Box",
    "Bytes",
    "Char",
    "Codec",
    "Compact",
    "Enum",
    "Era",
    "Err",
    "FixedBytes",
    "NewType",
    "Ok",
    "Option",
    "OuterEnum",
    "Result",
    "Some",
    "Struct",
    "Text",
    "Tuple",
    "Unit",
    "UnitEnum",
    "Variant",
    "Vec",
    "VecDeque",
    "WeakBoundedVec",
    "codec",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "i256",
    "to_json",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(f".{_HOMES.get(name, 'names')}", __name__)
    value = getattr(home, "AccountId" if name == "AccountId32" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
