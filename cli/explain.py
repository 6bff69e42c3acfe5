"""The catalogue of error codes, gathered from the error classes of every room.

Owns how a class becomes an entry: its docstring is the explanation, failure.py gives the exit
status. Adding an error class anywhere is enough for it to be explained here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from taokit.cli.exits import MEANINGS
from taokit.cli.failure import exit_of_kind
from taokit.wallet.errors import TaokitError

__all__ = ["ChainsOwn", "Explained", "catalogue", "chain_errors", "explain_chain_error"]

_ROOMS = ("wallet", "chain_client", "local_chain", "neuron", "subnet_templates", "cli")

# Classes that only gather others: nothing is ever reported under their codes.
_GATHERING = frozenset(
    {
        "argument_error",
        "auth_failed",
        "chain_error",
        "cli_error",
        "client_error",
        "codec_error",
        "gateway_error",
        "password_error",
        "subnet_project",
        "transport_error",
    }
)

_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`\"])")


@dataclass(frozen=True)
class Explained:
    """One error code."""

    code: str
    meaning: str
    exit: int
    exit_meaning: str
    retryable: bool

    def row(self) -> dict[str, Any]:
        """The entry as a record."""
        return {
            "code": self.code,
            "meaning": self.meaning,
            "exit": self.exit,
            "exit_meaning": self.exit_meaning,
            "retryable": self.retryable,
        }


def catalogue() -> dict[str, Explained]:
    """Every code that taokit can report, sorted."""
    for room in _ROOMS:
        import_module(f"taokit.{room}.errors")
    found: dict[str, Explained] = {}
    for kind in _families(TaokitError):
        if "code" in vars(kind) and kind.code not in _GATHERING:
            found.setdefault(kind.code, _entry(kind))
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class ChainsOwn:
    """One error of the chain, by its own name."""

    pallet: str
    name: str
    meaning: str
    remedy: str | None
    retryable: bool

    def row(self) -> dict[str, Any]:
        """The entry as a record."""
        return {
            "name": f"{self.pallet}.{self.name}" if self.pallet else self.name,
            "meaning": self.meaning or None,
            "remedy": self.remedy,
            "retryable": self.retryable,
        }


def chain_errors() -> list[ChainsOwn]:
    """Every error that a call can fail with, of each pallet and of none."""
    from taokit.chain_client.remedies import further_meanings
    from taokit.local_chain.runtime import Runtime

    found = [
        _chain_error(pallet.name, name, declared.why or "")
        for pallet in Runtime.pallet_classes().values()
        for name, declared in pallet.Error.declared.items()
    ]
    found += [_chain_error(*where, why) for where, why in further_meanings().items()]
    return sorted(found, key=lambda error: (error.pallet, error.name))


def explain_chain_error(text: str) -> list[ChainsOwn]:
    """Those meant by ``SettingWeightsTooFast``, ``SubtensorModule.AmountTooLow``, ``Custom(6)``.

    Several pallets may have an error of the same name.
    """
    from taokit.chain_client.remedies import CUSTOM_CODES

    wanted = text.strip().replace("::", ".").lower()
    number = re.fullmatch(r"custom\D*(\d+)\W*", wanted)
    if number is not None:
        wanted = CUSTOM_CODES.get(int(number[1]), "").lower()
    return [
        error
        for error in chain_errors()
        if wanted in (error.name.lower(), f"{error.pallet}.{error.name}".lower())
    ]


def _chain_error(pallet: str, name: str, why: str) -> ChainsOwn:
    from taokit.chain_client.remedies import advice_for

    advice = advice_for(name, pallet or None)
    meaning = " ".join(why.replace("``", "`").split())
    if advice is None:
        return ChainsOwn(pallet, name, meaning, None, False)
    return ChainsOwn(pallet, name, meaning, advice.remedy, advice.retryable)


def _families(kind: type[TaokitError]) -> Iterator[type[TaokitError]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _families(sub)


def _entry(kind: type[TaokitError]) -> Explained:
    status = exit_of_kind(kind)
    retryable = getattr(kind, "retryable", False)
    return Explained(
        code=kind.code,
        meaning=_meaning(inspect.getdoc(kind) or ""),
        exit=int(status),
        exit_meaning=MEANINGS[status],
        retryable=retryable if isinstance(retryable, bool) else False,
    )


def _meaning(docstring: str) -> str:
    """The sentences of a docstring for whoever met the error, without those on attributes.

    Those begin with the attribute's name; in the middle of a sentence, after a semicolon.
    """
    text = " ".join(docstring.replace("``", "`").split())
    kept = (s.partition("; `")[0] for s in _SENTENCE.split(text) if not s.startswith("`"))
    return " ".join(s if s.endswith((".", "!", "?")) else f"{s}." for s in kept)
