"""Finding what a package declares by importing its modules.

Owns the one rule by which reads and operations register: every module of their package is
imported once, on first use of the registry. Does not own what is registered.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

__all__ = ["import_modules"]


@functools.cache
def import_modules(package: str) -> None:
    """Import every module directly inside ``package``, in name order; the first time only."""
    found = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(found.__path__), key=lambda entry: entry.name):
        importlib.import_module(f"{package}.{module.name}")
