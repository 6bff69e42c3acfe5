"""Bringing a project up to the templates of the installed taokit.

Owns what stands in the way, the three-way merge by copier, and what came of it. Does not own making
projects (``scaffolding``). What belongs to a project's author (``_skip_if_exists`` of the template)
is never changed; a change on both sides of another file is marked in it, as git does.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from taokit.subnet_templates.errors import NotAProject, NotUpdatable
from taokit.subnet_templates.releases import TemplateFiles, keep, known, now
from taokit.subnet_templates.template_repository import git, opened, template_at

__all__ = ["ANSWERS", "Updated", "answers_of", "update"]

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Updated:
    """What an update did. ``changed`` and ``conflicts`` are paths; with ``check``, nothing is."""

    template: str
    before: str
    after: str
    changed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether the project is of another version than the installed templates."""
        return self.before != self.after


def answers_of(project: Path) -> tuple[str, str, Mapping[str, Any]]:
    """A project's template, its version, and all answers. Raises NotAProject."""
    import yaml

    place = project / ANSWERS
    try:
        found = yaml.safe_load(place.read_text(encoding="utf-8"))
        template = template_at(str(found["_src_path"]))
        if template is not None:
            return template, str(found["_commit"]), found
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        template = None
    raise NotAProject(
        f"{project} is not a project that taokit made: its {ANSWERS} is missing or not ours",
        hint="go to the project's folder, or name it with --project",
    )


def update(project: Path, *, check: bool = False, to: TemplateFiles | None = None) -> Updated:
    """Update a project in place; with ``check``, only say whether there is anything newer.

    ``to`` is the template at a version other than the installed one. Raises NotAProject,
    NotUpdatable, NoTemplate, NoGit.
    """
    project = project.absolute()
    template, before, _ = answers_of(project)
    target = to or now(template)
    if check or before == target.tag:
        return Updated(template, before, target.tag)
    _require_clean(project)
    old = known(template, before)
    if old is None:
        unreleased = (
            "that was an unreleased state: update on the machine where the project was made"
        )
        raise NotUpdatable(
            f"the project is of {before}, whose templates this taokit does not have",
            hint=unreleased if "+" in before else "pip install --upgrade taokit",
        )
    keep(target)
    _merge(project, [old, target], target.tag)
    changed, conflicts = _changes(project)
    return Updated(template, before, target.tag, changed, conflicts)


def _require_clean(project: Path) -> None:
    try:
        top = git(project, "rev-parse", "--show-toplevel").strip()
        dirty = git(project, "status", "--porcelain", "--", ".").strip()
    except CalledProcessError:
        raise NotUpdatable(
            f"{project} is not under git, without which nothing can be merged",
            hint="git init && git add -A && git commit -m start",
        ) from None
    if dirty:
        raise NotUpdatable(
            f"there are changes in {top} that are not committed", hint="commit them first"
        )


def _merge(project: Path, versions: list[TemplateFiles], tag: str) -> None:
    with opened(versions):
        from copier import run_update
        from copier.errors import CopierError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run_update(
                    project,
                    vcs_ref=tag,
                    defaults=True,
                    overwrite=True,
                    quiet=True,
                    skip_answered=True,
                )
        except (ValueError, CopierError) as error:
            raise NotUpdatable(" ".join(str(error).split())) from error


def _changes(project: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths that differ from the last commit, and those among them with conflicts."""
    lines = git(project, "status", "--porcelain", "-z", "--no-renames", "--", ".").split("\0")
    rows = [(line[:2], line[3:]) for line in lines if line]
    conflicts = sorted(path for state, path in rows if "U" in state or state in ("AA", "DD"))
    return tuple(sorted(path for _, path in rows)), tuple(conflicts)
