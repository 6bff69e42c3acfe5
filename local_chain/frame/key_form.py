"""Raw keys of a storage item: its prefix, then each part of the key, hashed as declared.

Owns going from a key to its raw form and back. Does not own values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taokit.chain_client.errors import DecodeError
from taokit.chain_client.scale import Codec
from taokit.chain_client.storage_keys import StorageHasher

__all__ = ["KeyForm"]


class KeyForm:
    """How the keys under a prefix are made. A key of several parts is one tuple."""

    def __init__(
        self, prefix: bytes, hashers: Sequence[StorageHasher], codecs: Sequence[Codec[Any]]
    ) -> None:
        self.prefix = prefix
        self._writing = [
            (part, hasher.digest if hasher.digest_length else None, hasher.reversible)
            for hasher, part in zip(hashers, codecs)
        ]
        self._reading = [(hasher.digest_length, part) for hasher, part in zip(hashers, codecs)]

    def hashed(self, parts: tuple[Any, ...]) -> bytes:
        """The raw key of these parts, or the beginning of all that begin with them."""
        raw = self.prefix
        for part, (part_codec, digest, kept) in zip(parts, self._writing):
            encoded = part_codec.encode(part)
            if digest is None:
                raw += encoded
            else:
                raw += digest(encoded) + encoded if kept else digest(encoded)
        return raw

    def read(self, raw: bytes) -> Any:
        """The key in a raw key, whose digests are not looked at; None where it is not of this form.

        A key whose hash leaves nothing to read is not found in it.
        """
        offset = len(self.prefix)
        parts = []
        try:
            for skipped, part_codec in self._reading:
                offset += skipped
                part, offset = part_codec.read(raw, offset)
                parts.append(part)
        except DecodeError:
            return None
        if offset != len(raw):
            return None
        return tuple(parts) if len(parts) != 1 else parts[0]
