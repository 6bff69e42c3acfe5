"""The gallery's templates: which there are, and one of them as a whole that copier can render.

Owns how a template is put together: the files that all share (``_base``) with its own over them.
Does not own questions' answers, rendering or updating (the scaffolder).

A template is a folder with ``copier.yml`` and ``template/``. Its questions follow those of the base
in one file, as documents that copier merges; a file of its own replaces the base's of that path.
Composed again from the same release, it is the same to the byte.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from taokit.wallet.errors import TaokitError

__all__ = ["BASE", "NoTemplate", "compose", "templates"]

ROOM = Path(__file__).parent
BASE = "_base"
QUESTIONS = "copier.yml"


class NoTemplate(TaokitError):
    """There is no template of that name."""

    code = "no_template"


def templates() -> list[str]:
    """The names of the gallery, in order."""
    return sorted(
        path.parent.name for path in ROOM.glob(f"*/{QUESTIONS}") if path.parent.name != BASE
    )


def compose(name: str, into: Path) -> Path:
    """Write a whole template into an empty folder; returns the folder. Raises NoTemplate."""
    if name not in templates():
        raise NoTemplate(
            f"there is no template {name!r}", hint=f"there are {', '.join(templates())}"
        )
    parts = [ROOM / BASE, ROOM / name]
    for part in parts:
        shutil.copytree(
            part / "template",
            into / "template",
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        )
    texts = [(part / QUESTIONS).read_text(encoding="utf-8") for part in parts]
    (into / QUESTIONS).write_text("---\n".join(texts), encoding="utf-8")
    return into
