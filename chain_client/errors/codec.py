"""Errors of the codec and of metadata."""

from __future__ import annotations

from collections.abc import Iterable

from taokit.chain_client.errors.base import ClientError

__all__ = [
    "CodecError",
    "DecodeError",
    "EncodeError",
    "InvalidType",
    "MetadataError",
    "UnknownName",
]


class CodecError(ClientError):
    """SCALE bytes and values do not fit together."""

    code = "codec_error"


class InvalidType(CodecError):
    """A declaration that is not a SCALE type: a mistake in code, not in data."""

    code = "invalid_type"


class EncodeError(CodecError):
    """A value does not fit its type.

    ``path`` leads to the offending part inside the value ("calls[2].value"; empty for the whole),
    ``expected`` names the type there, ``got`` shows what was found instead.
    """

    code = "encode_error"

    def __init__(self, *, path: str, expected: str, got: str, hint: str | None = None) -> None:
        where = f"{path}: " if path else ""
        super().__init__(f"{where}expected {expected}, got {got}", hint=hint)
        self.path = path
        self.expected = expected
        self.got = got


class DecodeError(CodecError):
    """Bytes are not a valid encoding of a type.

    ``type`` names the type, ``offset`` is the byte at which it goes wrong, ``what`` says why,
    ``path`` leads to the part of the value that was being read.
    """

    code = "decode_error"

    def __init__(
        self, *, type: str, offset: int, what: str, path: str = "", hint: str | None = None
    ) -> None:
        where = f" in {path}" if path else ""
        super().__init__(f"cannot decode {type}{where} at byte {offset}: {what}", hint=hint)
        self.type = type
        self.offset = offset
        self.what = what
        self.path = path


class MetadataError(ClientError):
    """Runtime metadata that cannot be read or written."""

    code = "metadata_error"


class UnknownName(MetadataError):
    """The metadata has no item of this name. ``kind`` is "pallet", "storage item", "call", ..."""

    code = "unknown_name"

    def __init__(self, *, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        from difflib import get_close_matches

        self.near = get_close_matches(name, list(known), n=3)
        inside = f" in {where}" if where else ""
        hint = f"did you mean {' or '.join(self.near)}?" if self.near else None
        super().__init__(f"no {kind} named {name!r}{inside}", hint=hint)
        self.kind = kind
        self.name = name
        self.where = where
