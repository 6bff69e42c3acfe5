"""Which format a request is signed in.

Owns the list of codecs and the choice by the version header. No request is tried under two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from taokit.neuron.auth import btauth, claims, epistula
from taokit.neuron.auth.codec import Codec
from taokit.neuron.errors import ConfigError, MalformedAuth

__all__ = ["CODECS", "codec_for", "codec_named", "request_signature"]

CODECS: Mapping[str, Codec] = {codec.NAME: codec for codec in (btauth.CODEC, epistula.CODEC)}
"""Every codec by name, the preferred one first."""


def codec_named(name: str) -> Codec:
    """A codec by its name in settings. Raises ConfigError."""
    try:
        return CODECS[name]
    except KeyError:
        raise ConfigError(
            f"there is no request format {name!r}", hint=f"there are {', '.join(CODECS)}"
        ) from None


def codec_for(headers: Mapping[str, str], allowed: Collection[str] = tuple(CODECS)) -> Codec:
    """The codec that headers are in. Raises MalformedAuth when it is none of the allowed ones."""
    found = claims.lowered(headers)
    for name in allowed:
        if CODECS[name].VERSION_HEADER.lower() in found:
            return CODECS[name]
    raise MalformedAuth(
        "the request is not signed", hint=f"this server takes {' or '.join(allowed)} headers"
    )


def request_signature(codec: Codec, headers: Mapping[str, str]) -> str:
    """The signature in signed headers, as 128 hex digits: what a response is bound to."""
    text = claims.required(claims.lowered(headers), codec.SIGNATURE_HEADER)
    return claims.signature_bytes(text).hex()
