"""Making a project from a template, whole or not at all.

Owns the order: answers, rendering beside the target, git, and the rename that makes it visible.
Does not own updates (``updating``), the templates' versions (``releases``) nor any output.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from taokit.subnet_templates import naming
from taokit.subnet_templates.errors import BadAnswer, ProjectExists
from taokit.subnet_templates.questions import questions
from taokit.subnet_templates.releases import TemplateFiles, keep, now
from taokit.subnet_templates.template_repository import git, opened

__all__ = ["Created", "as_somebody", "create"]

QUIET = ("-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True)
class Created:
    """A project that was made, or would be: its files by path, relative to ``folder``."""

    template: str
    version: str
    name: str
    package: str
    folder: Path
    files: tuple[str, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)
    git: bool = True
    written: bool = True


def create(
    template: str,
    name: str,
    *,
    into: Path | None = None,
    answers: Mapping[str, Any] | None = None,
    with_git: bool = True,
    dry_run: bool = False,
    at: TemplateFiles | None = None,
) -> Created:
    """Make a project. A target that exists is never touched.

    ``answers`` are to the template's questions; what is not among them is the default. ``at`` is
    the template at a version other than the installed one. Raises NoTemplate, BadProjectName,
    BadAnswer, ProjectExists, NoGit.
    """
    files = at or now(template)
    name = naming.checked(name) if "package" not in (answers or {}) else name.strip()
    target = (into or Path(naming.folder_of(name))).absolute()
    if target.exists() or target.is_symlink():
        raise ProjectExists(
            f"{target} exists already, and was not touched",
            hint="choose another name, or another folder with --into",
        )
    if not target.parent.is_dir():
        raise ProjectExists(
            f"there is no folder {target.parent} to make a project in", hint="make it first"
        )
    given = {"project": name, **(answers or {})}
    asked = {question.name for question in questions(files)}
    unknown = sorted(set(given) - asked)
    if unknown:
        raise BadAnswer(
            f"the template {template} does not ask for {', '.join(unknown)}",
            hint=f"it asks for {', '.join(sorted(asked - {'project'}))}",
        )
    with tempfile.TemporaryDirectory(
        prefix=f".{target.name}-", dir=None if dry_run else target.parent
    ) as beside:
        made = Path(beside) / target.name
        answered = _render(files, made, given)
        tree = tuple(sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()))
        if not dry_run:
            if with_git:
                keep(files)
                _first_commit(made, f"Start from taokit's template {template} ({files.tag})")
            _appear(made, target)
    return Created(
        template=template,
        version=files.tag,
        name=name,
        package=str(answered["package"]),
        folder=target,
        files=tree,
        answers={key: value for key, value in answered.items() if key in asked},
        git=with_git,
        written=not dry_run,
    )


def _render(files: TemplateFiles, into: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    with opened([files]) as address:
        from copier import run_copy
        from copier.errors import CopierError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rendered = run_copy(
                    address, into, dict(given), vcs_ref=files.tag, defaults=True, quiet=True
                )
            return dict(rendered.answers.combined)
        except (ValueError, CopierError) as error:
            said = " ".join(str(error).split())
            raise BadAnswer(f"the template does not take an answer: {said}") from error


def _first_commit(folder: Path, message: str) -> None:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, *QUIET, *as_somebody(folder), "commit", "-q", "-m", message)


def as_somebody(folder: Path) -> list[str]:
    """Somebody to commit as, where git does not know who its user is."""
    try:
        git(folder, "var", "GIT_COMMITTER_IDENT")
        git(folder, "config", "user.email")
    except CalledProcessError:
        return ["-c", "user.name=taokit", "-c", "user.email=taokit@taokit.invalid"]
    return []


def _appear(made: Path, target: Path) -> None:
    """Rename, which fails if something came into being at the target meanwhile."""
    try:
        made.rename(target)
    except OSError as error:
        raise ProjectExists(
            f"{target} could not be made, and nothing was touched: {error.strerror or error}"
        ) from error
