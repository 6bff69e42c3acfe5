"""Errors of the scaffolder: what can be wrong with a name, a folder, an answer or a project.

Owns the room's exception family. Does not own what a mechanism does wrong (``linting``), which is a
finding and not an exception.

    TaokitError
    ├── NoTemplate              there is no template of that name
    └── SubnetProjectError
        ├── BadProjectName      a name that cannot be a folder and a package
        ├── BadAnswer           a question that does not exist, or an answer that it does not take
        ├── ProjectExists       something is already there and was not touched
        ├── NotAProject         the folder is not a project of ours, or cannot be loaded
        ├── NoGit               git is missing, and is needed
        ├── NotUpdatable        uncommitted changes, no git, or templates that are not known here
        ├── NeedsExtra          a part of taokit that is not installed
        └── DevelopmentFailed   a process of ``subnet dev`` ended, or never got ready
"""

from __future__ import annotations

from taokit.subnet_templates.composing import NoTemplate
from taokit.wallet.errors import TaokitError

__all__ = [
    "BadAnswer",
    "BadProjectName",
    "DevelopmentFailed",
    "NeedsExtra",
    "NoGit",
    "NoTemplate",
    "NotAProject",
    "NotUpdatable",
    "ProjectExists",
    "SubnetProjectError",
]


class SubnetProjectError(TaokitError):
    """Something about a subnet's project."""

    code = "subnet_project"


class BadProjectName(SubnetProjectError):
    """A name that cannot be a folder and a Python package."""

    code = "bad_project_name"


class BadAnswer(SubnetProjectError):
    """The template has no such question, or does not take that answer."""

    code = "bad_answer"


class ProjectExists(SubnetProjectError):
    """Something of that name is already there; it was not touched."""

    code = "project_exists"


class NotAProject(SubnetProjectError):
    """The folder is not a subnet's project made by taokit, or its code cannot be loaded."""

    code = "not_a_project"


class NoGit(SubnetProjectError):
    """The program git is missing, which making and updating projects needs."""

    code = "no_git"


class NotUpdatable(SubnetProjectError):
    """The project cannot be updated as it is; it was not touched."""

    code = "not_updatable"


class NeedsExtra(SubnetProjectError):
    """A part of taokit is needed that is not installed."""

    code = "needs_extra"


class DevelopmentFailed(SubnetProjectError):
    """A process of the development network ended, or never got ready."""

    code = "development_failed"
