"""Scripts to begin with: one file each, beside this module.

Owns finding them. The first line of a file, a comment, is what it is for.
"""

from __future__ import annotations

from importlib.resources import files

from taokit.chain_client.errors import NotFound

__all__ = ["example", "examples"]


def examples() -> dict[str, str]:
    """Names of the examples and what each is for."""
    found = {}
    for entry in files(__name__).iterdir():
        name, dot, ending = entry.name.rpartition(".")
        if dot and ending == "yaml":
            first = entry.read_text(encoding="utf-8").partition("\n")[0]
            found[name] = first.removeprefix("# ")
    return dict(sorted(found.items()))


def example(name: str) -> str:
    """The text of an example. Raises :class:`NotFound`."""
    known = examples()
    if name not in known:
        raise NotFound(kind="example", name=name, hint=f"there are {', '.join(known)}")
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
