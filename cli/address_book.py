"""The address book: names for addresses, kept in ``addresses.toml`` beside the user's settings.

Owns that file. A name is usable wherever an address is taken (addresses.py); a wallet of the same
name goes before it. An entry may say that the account is a proxy, and of what kind. Nothing in the
file is secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taokit.cli import settings_file
from taokit.cli.errors import SettingsError, UnknownName, UsageError

if TYPE_CHECKING:
    from taokit.cli.context import Run

__all__ = ["Known", "book_path", "entry", "load", "lookup", "save"]

FILE = "addresses.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Known:
    """One entry. ``proxy_type``, ``spawner`` and ``delay`` are those of a proxy."""

    name: str
    address: str
    proxy_type: str | None = None
    spawner: str | None = None
    delay: int = 0
    note: str = ""

    @property
    def is_proxy(self) -> bool:
        """Whether it was noted as a proxy."""
        return self.proxy_type is not None


def entry(
    name: str,
    address: str,
    *,
    proxy_type: str | None = None,
    spawner: str | None = None,
    delay: int = 0,
    note: str = "",
) -> Known:
    """A checked entry. Raises :class:`UsageError`, and :class:`InvalidAddress`."""
    from taokit.wallet import ss58

    if not _NAME.fullmatch(name) or ss58.is_address(name):
        raise UsageError(
            f"{name!r} cannot be a name", hint="letters, digits, dots, dashes; at most 64"
        )
    ss58.decode(address)
    if spawner is not None:
        ss58.decode(spawner)
    if proxy_type is not None:
        from taokit.chain_client.operations.proxies import PROXY_TYPES

        if proxy_type not in PROXY_TYPES:
            raise UnknownName("kind of proxy", proxy_type, PROXY_TYPES, see="taokit proxy --help")
    if not 0 <= delay < 1 << 32:
        raise UsageError(f"--delay {delay} is not a number of blocks")
    return Known(name, address, proxy_type, spawner, delay, note)


def book_path(run: Run) -> Path:
    """Where the book is: beside the user's settings."""
    import os

    given = run.flags.config
    path = Path(given).expanduser() if given else settings_file.user_path(os.environ)
    return path.with_name(FILE)


def load(path: Path) -> dict[str, Known]:
    """The entries, by name, sorted; none where there is no file."""
    if not path.exists():
        return {}
    found = {}
    for name, fields in settings_file.load(path).items():
        try:
            found[name] = Known(name=name, **_checked(fields))
        except TypeError:
            raise SettingsError(
                f"[{name}] of {path} is no entry of an address book",
                path=str(path),
                hint="each needs an address; `taokit config remove-address NAME` removes one",
            ) from None
    return dict(sorted(found.items()))


def save(path: Path, entries: Mapping[str, Known]) -> None:
    """Replace the book in one step."""
    sections = []
    for known in sorted(entries.values(), key=lambda known: known.name):
        fields = {k: v for k, v in asdict(known).items() if k != "name" and v not in (None, "", 0)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        sections.append("\n".join([f"[{json.dumps(known.name)}]", *lines]) + "\n")
    settings_file.replace(path, "\n".join(sections))


def lookup(run: Run, name: str) -> str | None:
    """The address of a name in the book, or None."""
    known = load(book_path(run)).get(name)
    return None if known is None else known.address


def _checked(fields: Any) -> dict[str, Any]:
    kinds = {"address": str, "proxy_type": str, "spawner": str, "delay": int, "note": str}
    if not isinstance(fields, dict) or any(
        not isinstance(value, kinds.get(key, ())) for key, value in fields.items()
    ):
        raise TypeError
    return fields
