"""Named sets of signatories, kept in ``multisigs.toml`` beside the user's settings.

Owns that file. The chain knows a multisig by its address only; who signs for it, and how many of
them it takes, has to be remembered somewhere. Nothing in the file is secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli import settings_file
from taokit.cli.address_book import book_path
from taokit.cli.errors import MissingInput, SettingsError, UnknownName, UsageError

if TYPE_CHECKING:
    from taokit.chain_client.operations import Entry
    from taokit.cli.context import Run

__all__ = ["SignerSet", "chosen_set", "load", "save", "set_option", "sets_path", "with_set"]

FILE = "multisigs.toml"
_Set = Annotated[
    str | None,
    typer.Option("--multisig", metavar="NAME", help="A saved set: signatories and threshold."),
]


@dataclass(frozen=True)
class SignerSet:
    """Who signs for a multisig, and how many of them it takes."""

    name: str
    signatories: tuple[str, ...]
    threshold: int

    @property
    def address(self) -> str:
        """The account on the chain."""
        from taokit.chain_client.derived_accounts import multisig_account

        return multisig_account(self.signatories, self.threshold)


def sets_path(run: Run) -> Path:
    """Where the sets are: beside the user's settings."""
    return book_path(run).with_name(FILE)


def load(path: Path) -> dict[str, SignerSet]:
    """The sets by name, sorted; none where there is no file."""
    if not path.exists():
        return {}
    found = {}
    for name, fields in settings_file.load(path).items():
        try:
            signatories, threshold = fields["signatories"], fields["threshold"]
            if type(threshold) is not int or not all(isinstance(one, str) for one in signatories):
                raise TypeError
        except (KeyError, TypeError):
            raise SettingsError(
                f"[{name}] of {path} is no set of signatories",
                path=str(path),
                hint="each needs signatories and a threshold",
            ) from None
        found[name] = SignerSet(name, tuple(signatories), threshold)
    return dict(sorted(found.items()))


def save(path: Path, sets: Mapping[str, SignerSet]) -> None:
    """Replace the file in one step."""
    sections = [
        f"[{json.dumps(one.name)}]\nthreshold = {one.threshold}\n"
        f"signatories = {json.dumps(list(one.signatories))}\n"
        for one in sorted(sets.values(), key=lambda one: one.name)
    ]
    settings_file.replace(path, "\n".join(sections))


def chosen_set(
    run: Run, name: str | None, signatories: str | None, threshold: int | None
) -> SignerSet:
    """The set that a command line means: a saved one, or the one it spells out.

    Raises :class:`UnknownName`, :class:`MissingInput`, :class:`InvalidArgument`.
    """
    if name is not None and signatories is None and threshold is None:
        known = load(sets_path(run))
        if name not in known:
            raise UnknownName("multisig", name, known, see="taokit multisig list")
        return known[name]
    if signatories is None:
        raise MissingInput("who signs for it", flag="--signatories ADDRESS,ADDRESS")
    if threshold is None:
        raise MissingInput("how many have to approve", flag="--threshold N")
    from taokit.chain_client.operations.multisigs import ProposeCall
    from taokit.cli.addresses import resolve

    parts = tuple(resolve(run, part.strip()) for part in signatories.split(",") if part.strip())
    checked = ProposeCall(parts, threshold, b"")  # the rules for a set are the operation's
    return SignerSet(name or "", checked.signatories, threshold)


def set_option(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """The option of an operation that a saved set can be given to; none for others."""
    return {"multisig": (_Set, None)} if _takes_set(entry) else {}


def with_set(
    run: Run, entry: Entry, given: dict[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of an operation with the saved set that was named among them."""
    name = values.get("multisig")
    if name is None or not _takes_set(entry):
        return given
    if given.keys() & {"signatories", "threshold"}:
        raise UsageError("give a saved multisig, or signatories and threshold, not both")
    found = chosen_set(run, name, None, None)
    return {**given, "signatories": list(found.signatories), "threshold": found.threshold}


def _takes_set(entry: Entry) -> bool:
    return {"signatories", "threshold"} <= {parameter.name for parameter in entry.parameters}
