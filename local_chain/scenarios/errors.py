"""What can be wrong with a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from taokit.local_chain.errors import LocalChainError

__all__ = ["ScenarioError", "unknown"]


class ScenarioError(LocalChainError):
    """A scenario that cannot be read or played; ``path`` is where in it, `subnets[0].tempo`."""

    code = "scenario_error"

    def __init__(self, message: str, *, path: str = "", hint: str | None = None) -> None:
        super().__init__(f"{path}: {message}" if path else message, hint=hint)
        self.path = path


def unknown(what: str, name: str, known: Iterable[str], path: str) -> ScenarioError:
    """There is nothing of that name; the hint is what is near, or all there is."""
    names = list(known)
    near = get_close_matches(name, names, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
    return ScenarioError(f"there is no {what} {name!r}", path=path, hint=hint if names else None)
