"""Finding what a package declares by importing its modules.

Owns the one rule by which reads and operations register: a decorator with a name, in any module
of their package. All modules are imported once, when all names are wanted; for some names only
those whose text has them, because importing all takes longer than most commands may. Does not own
what is registered.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["import_declaring", "import_modules"]


@functools.cache
def import_modules(package: str) -> None:
    """Import every module directly inside ``package``, in name order; the first time only."""
    found = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(found.__path__), key=lambda entry: entry.name):
        importlib.import_module(f"{package}.{module.name}")


def import_declaring(package: str, decorator: str, wanted: Callable[[str], bool]) -> None:
    """Import the modules of ``package`` where ``decorator`` is given a wanted name."""
    names = _declared_names(package, decorator)
    if names is None:
        import_modules(package)
        return
    for module, declared in names.items():
        if any(map(wanted, declared)):
            importlib.import_module(f"{package}.{module}")


@functools.cache
def _declared_names(package: str, decorator: str) -> Mapping[str, tuple[str, ...]] | None:
    """The names by module, read off the sources; None where there are none to read."""
    found = importlib.import_module(package)
    pattern = re.compile(rf'^@{decorator}\(\s*"([^"]+)"', re.MULTILINE)
    names = {}
    for entry in pkgutil.iter_modules(found.__path__):
        folder = Path(getattr(entry.module_finder, "path", ""))
        try:
            text = (folder / f"{entry.name}.py").read_text(encoding="utf-8")
        except OSError:  # a package without sources, or in an archive
            return None
        names[entry.name] = tuple(pattern.findall(text))
    return dict(sorted(names.items()))
