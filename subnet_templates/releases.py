"""Templates as they were in each release of taokit, so that a project can be updated from any.

Owns the files of a template at a version, as values, and where older ones are kept: those of
releases in the folder ``released`` of the package (written by ``python -m
taokit.subnet_templates.releases`` when a release is made), those of unreleased states in the user's
cache, on the machine that saw them. Does not own the git repository made of them
(``template_repository``).

The tag of a released template is ``v`` and the version; that of any other state has the first
digits of its digest after it. The same tag is the same files on every machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

from taokit.subnet_templates.composing import ROOM, compose, templates

__all__ = ["TemplateFiles", "keep", "known", "now", "write_release"]

RELEASED = ROOM / "released"
DIGITS = 12


@dataclass(frozen=True)
class TemplateFiles:
    """A template at a version: ``files`` are its texts by path, with ``/``."""

    template: str
    tag: str
    files: Mapping[str, str]


def now(template: str) -> TemplateFiles:
    """A template as it is installed. Raises NoTemplate."""
    with tempfile.TemporaryDirectory(prefix="taokit-template-") as folder:
        whole = compose(template, Path(folder))
        files = {
            path.relative_to(whole).as_posix(): path.read_bytes().decode()
            for path in sorted(whole.rglob("*"))
            if path.is_file()
        }
    release = f"v{installed('taokit')}"
    if _read(_place(RELEASED, template, release)) == files:
        return TemplateFiles(template, release, files)
    return TemplateFiles(template, f"{release}+{_digest(files)[:DIGITS]}", files)


def known(template: str, tag: str) -> TemplateFiles | None:
    """A template at a tag, if its files are still to be had."""
    current = now(template)
    if current.tag == tag:
        return current
    for folder in (RELEASED, _cache()):
        files = _read(_place(folder, template, tag))
        if files is not None:
            return TemplateFiles(template, tag, files)
    return None


def keep(one: TemplateFiles) -> None:
    """Remember an unreleased state on this machine. A cache that cannot be written is no error."""
    place = _place(_cache(), one.template, one.tag)
    if "+" not in one.tag or place.exists():
        return
    with contextlib.suppress(OSError):
        _write(place, one.files)


def write_release(folder: Path = RELEASED) -> list[Path]:
    """Write the templates of the version that is being released; returns the files."""
    written = []
    for template in templates():
        place = _place(folder, template, f"v{installed('taokit')}")
        _write(place, now(template).files)
        written.append(place)
    return written


def _place(folder: Path, template: str, tag: str) -> Path:
    return folder / template / f"{tag}.json"


def _read(place: Path) -> dict[str, str] | None:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(place: Path, files: Mapping[str, str]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=place.parent, suffix=".part", delete=False
    ) as part:
        part.write(json.dumps(files, ensure_ascii=False, indent=0, sort_keys=True) + "\n")
    os.replace(part.name, place)


def _digest(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _cache() -> Path:
    from taokit.chain_client.runtime_cache import cache_directory

    return cache_directory() / "subnet-templates"


if __name__ == "__main__":
    write_release()
