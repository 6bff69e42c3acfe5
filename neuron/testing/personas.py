"""Miners with a character, and what is expected of each: the declared outcome of a mechanism.

Owns the declaration and finding it in files. Does not own behaviour on the wire (``participants``)
nor the judgement whether expectations held (``expectations``).

    @persona("careless", expect="mid")
    def careless(task: Task, caller: Caller) -> Answer: ...

    @persona("parrot", expect="zero", reason=Reason.REPLAY)
    class Parrot:
        def answer(self, task: Task, caller: Caller) -> Answer: ...

A function or an ``answer`` method is served at the mechanism's path; a class with ``start``,
``step`` and ``stop`` is a participant of its own making. Each hotkey gets its own object.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from taokit.neuron.errors import ConfigError
from taokit.neuron.messages import Reason

__all__ = ["TIERS", "Persona", "Tier", "load_personas", "persona", "personas_of"]

Tier = Literal["good", "mid", "weak", "zero", "any"]
TIERS: tuple[Tier, ...] = ("good", "mid", "weak")
"""What earns something, best first."""

Behaviour = TypeVar("Behaviour", bound=Callable[..., Any])
_MARK = "__taokit_persona__"


@dataclass(frozen=True)
class Persona:
    """A kind of miner. ``copies`` is how many hotkeys play it.

    ``expect`` orders what is earned: every good one before every mid one, and so on; ``zero`` earns
    nothing and fails audits for ``reason``; ``any`` must only not earn more than a good one does.
    ``also`` are reasons that are as right, where it depends on chance which one is found.
    ``at_most`` bounds what all its hotkeys earn, in parts of what one good hotkey does.
    ``accused`` says that a persona that is not ``zero`` may fail audits (it does fail some tasks);
    ``makes`` that ``behaviour`` is called for a participant, as if it were a class.
    """

    name: str
    expect: Tier
    behaviour: Callable[..., Any]
    reason: Reason | None = None
    copies: int = 1
    accused: bool = False
    makes: bool = False
    at_most: float | None = None
    also: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if self.expect == "zero" and self.reason is None:
            raise ConfigError(
                f"persona {self.name!r} is to earn nothing, and does not say for which reason"
            )

    @property
    def honest(self) -> bool:
        """Whether a validator that accuses it is wrong."""
        return self.expect in TIERS and not self.accused


def persona(
    name: str,
    *,
    expect: Tier,
    reason: Reason | None = None,
    copies: int = 1,
    accused: bool = False,
    at_most: float | None = None,
    also: tuple[Reason, ...] = (),
) -> Callable[[Behaviour], Behaviour]:
    """Declare a function or a class as a persona; returns it unchanged."""

    def mark(behaviour: Behaviour) -> Behaviour:
        declared = Persona(
            name, expect, behaviour, reason, copies, accused, at_most=at_most, also=also
        )
        setattr(behaviour, _MARK, declared)
        return behaviour

    return mark


def personas_of(module: Any) -> list[Persona]:
    """The personas that a module declares, in the order of their lines."""
    found = [
        vars(value)[_MARK]
        for value in vars(module).values()
        if getattr(value, "__module__", None) == module.__name__
        and _MARK in getattr(value, "__dict__", {})
    ]
    return list(dict.fromkeys(found))


def load_personas(folder: Path) -> list[Persona]:
    """The personas of all Python files of a folder, by file name. Raises ConfigError."""
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    found = [one for path in files for one in personas_of(_module(path))]
    if not found:
        raise ConfigError(f"no personas in {folder}", hint="declare them with @persona")
    return unique(found)


def unique(personas: Iterable[Persona]) -> list[Persona]:
    """The same, checked that no two have one name. Raises ConfigError."""
    by_name: dict[str, Persona] = {}
    for one in personas:
        if one.name in by_name:
            raise ConfigError(f"two personas are called {one.name!r}")
        by_name[one.name] = one
    return list(by_name.values())


def _module(path: Path) -> Any:
    name = (
        f"personas_of_{path.parent.resolve().as_posix().strip('/').replace('/', '_')}_{path.stem}"
    )
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
