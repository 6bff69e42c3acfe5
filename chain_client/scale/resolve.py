"""From an annotation to its codec.

``codec(t)`` takes a codec, a declared class, a builtin that has an obvious meaning (``bool``,
``str``, ``bytes``), ``tuple[...]``, ``list[T]``, ``dict[K, V]``, ``T | None`` or
``Annotated[..., codec]``. Plain ``int`` has no width and is refused.
"""

from __future__ import annotations

import sys
import types
import typing
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, overload

from taokit.chain_client.errors import InvalidType

from .base import Codec

if TYPE_CHECKING:
    from .records import _Record

T = TypeVar("T")


@overload
def codec(annotation: type[T]) -> Codec[T]: ...
@overload
def codec(annotation: Any) -> Codec[Any]: ...
def codec(annotation: Any) -> Codec[Any]:
    """The codec of a type. Raises InvalidType for what has no SCALE encoding."""
    if isinstance(annotation, Codec):
        return annotation
    declared = getattr(annotation, "__codec__", None)
    if declared is not None and not isinstance(annotation, types.GenericAlias):
        return declared  # type: ignore[no-any-return]
    origin = get_origin(annotation)
    if origin is not None:
        return _from_generic(annotation, origin, get_args(annotation))
    return _from_builtin(annotation)


def _from_builtin(annotation: Any) -> Codec[Any]:
    from . import names

    if annotation is bool:
        return names.bool_codec
    if annotation is str:
        return names.text_codec
    if annotation is bytes:
        return names.bytes_codec
    if annotation is None or annotation is type(None):
        return names.unit_codec
    if annotation is int:
        raise InvalidType("int has no SCALE width: say u8 ... u256 or i8 ... i256")
    raise InvalidType(f"{annotation!r} is not a SCALE type")


def _from_generic(annotation: Any, origin: Any, args: tuple[Any, ...]) -> Codec[Any]:
    from . import names

    if origin is typing.Annotated:
        for extra in args[1:]:
            if isinstance(extra, Codec) or hasattr(extra, "__codec__"):
                return codec(extra)
        return codec(args[0])
    if origin in (Union, types.UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        if len(inner) == 1 and len(args) == 2:
            return names.option_of(codec(inner[0]))
    elif origin is tuple:
        return names.tuple_of([codec(arg) for arg in args])
    elif origin is list:
        return names.vec_of(codec(args[0]))
    elif origin is dict:
        return names.map_of(codec(args[0]), codec(args[1]))
    raise InvalidType(f"{annotation!r} is not a SCALE type")


def resolve_annotation(annotation: Any, owner: type[_Record]) -> tuple[Codec[Any], bool]:
    """A field's codec, and whether it is boxed. Text is evaluated where ``owner`` was defined."""
    from .names import Boxed

    if isinstance(annotation, str):
        module = sys.modules.get(owner.__module__)
        space: dict[str, Any] = dict(vars(module)) if module else {}
        space.update(owner._locals or {})
        if owner._locals is not None:
            space.setdefault(owner.__name__, owner)
        try:
            annotation = eval(annotation, space)
        except NameError as failure:
            raise InvalidType(
                f"{owner.__qualname__}: {failure} in the annotation {annotation!r} (a type must be "
                "importable at run time, not only under TYPE_CHECKING)"
            ) from None
    if isinstance(annotation, Boxed):
        return codec(annotation.inner), True
    return codec(annotation), False
