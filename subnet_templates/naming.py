"""Names of projects: which can be a folder, a package and a title at once.

Owns that rule. Does not own asking for one.
"""

from __future__ import annotations

import keyword
import re
import sys

from taokit.subnet_templates.errors import BadProjectName

__all__ = ["checked", "folder_of", "package_of"]

LONGEST = 64
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]*[A-Za-z0-9]|[A-Za-z]", re.ASCII)
_TAKEN = {"taokit", "tests", "test", "personas", "project", "conftest", "pytest", "src"}


def checked(name: str) -> str:
    """The name without space around it. Raises BadProjectName."""
    name = name.strip()
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise BadProjectName(
            f"{name!r} cannot be the name of a subnet's project",
            hint="a letter first; then letters, digits, spaces, - and _; no more than "
            f"{LONGEST} of them, and the folder is named after it (--into for another one)",
        )
    package = package_of(name)
    if keyword.iskeyword(package) or package in _TAKEN or package in sys.stdlib_module_names:
        raise BadProjectName(
            f"{name!r} would be the Python package {package!r}, which means something already",
            hint="choose another name, such as "
            f"{folder_of(name)}-subnet, or another package with --package",
        )
    return name


def folder_of(name: str) -> str:
    """The folder of a project of that name."""
    return re.sub(r"[ _-]+", "-", name.lower())


def package_of(name: str) -> str:
    """The Python package of a project of that name, as the templates derive it."""
    return re.sub("[^a-z0-9_]", "", name.lower().replace(" ", "_").replace("-", "_"))
