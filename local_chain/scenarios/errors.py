"""What can be wrong with a scenario, and what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from taokit.local_chain.errors import ScenarioError

__all__ = ["ScenarioError", "unknown"]


def unknown(what: str, name: str, known: Iterable[str], path: str) -> ScenarioError:
    """There is nothing of that name; the hint is what is near, or all there is."""
    names = list(known)
    near = get_close_matches(name, names, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
    return ScenarioError(f"there is no {what} {name!r}", path=path, hint=hint if names else None)
