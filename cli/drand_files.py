"""Files of drand pulses, as the command line takes them.

Owns reading a file or stdin, and what a pulse looks like in JSON. What a pulse must be is in
``taokit.local_chain.pulses``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from taokit.cli.errors import UsageError

if TYPE_CHECKING:
    from taokit.local_chain.pallets.drand_types import Pulse

__all__ = ["read_pulses", "readable", "relayed"]


def readable(path: str) -> None:
    """Raise ``UsageError`` unless it is the name of a file that can be read."""
    try:
        with open(path, encoding="utf-8"):
            return
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def read_pulses(path: str) -> list[Pulse]:
    """The pulses of a file, one JSON object in a line; `-` is stdin.

    Raises ``UsageError`` for a file that cannot be read, ``InvalidPulse`` for what is in it.
    """
    from taokit.local_chain.errors import InvalidPulse
    from taokit.local_chain.pulses import read_lines

    try:
        if path == "-":
            return read_lines(sys.stdin)
        with open(path, encoding="utf-8") as lines:
            return read_lines(lines)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text") from None
    except InvalidPulse as error:
        raise InvalidPulse(f"{path}, {error.message}", hint=error.hint) from None


def relayed(pulse: Pulse) -> dict[str, Any]:
    """A pulse as relays publish it."""
    return {
        "round": pulse.round,
        "randomness": pulse.randomness.hex(),
        "signature": pulse.signature.hex(),
    }
