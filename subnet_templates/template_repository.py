"""Templates as a git repository, which is what copier needs for a project that can be updated.

Owns making one on the fly, with a commit and a tag for each version, and the name under which
projects know it. Does not own the files (``releases``) nor rendering (``scaffolding``).

A commit follows from its files alone: same author, same date, no parent. Projects record an address
that no network resolves; git is told, for the time of one command, that it is this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from taokit.subnet_templates.errors import NoGit
from taokit.subnet_templates.releases import TemplateFiles

__all__ = ["address_of", "git", "opened", "template_at"]

ADDRESS = "https://taokit.invalid/subnet-templates/"
AUTHOR = "taokit <taokit@taokit.invalid> 1767225600 +0000"


def address_of(template: str) -> str:
    """What a project records as the source of its template."""
    return f"{ADDRESS}{template}.git"


def template_at(address: str) -> str | None:
    """The template's name in such an address."""
    if address.startswith(ADDRESS) and address.endswith(".git"):
        return address[len(ADDRESS) : -len(".git")]
    return None


def git(folder: Path, *words: str, stdin: str | None = None) -> str:
    """Run git in a folder; what it said. Raises NoGit, CalledProcessError."""
    program = shutil.which("git")
    if program is None:
        raise NoGit(
            "git is needed to make and update projects, and is not installed",
            hint="install git (apt install git, brew install git, https://git-scm.com)",
        )
    done = subprocess.run(
        [program, *words],
        cwd=folder,
        input=None if stdin is None else stdin.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


@contextmanager
def opened(versions: Sequence[TemplateFiles]) -> Iterator[str]:
    """A template's versions as a repository; gives the address to hand to copier.

    While it is open, copier (in this process) and git find the repository under that address, and
    nothing of the user's own git configuration that renames files' ends or signs commits applies.
    """
    (template,) = {one.template for one in versions}
    with tempfile.TemporaryDirectory(prefix="taokit-templates-") as folder:
        repository = Path(folder) / "templates.git"
        repository.mkdir()
        git(repository, "init", "-q", "--bare")
        git(repository, "fast-import", "--quiet", stdin="".join(map(_imported, versions)))
        address = address_of(template)
        settings = {
            f"url.{repository.as_posix()}.insteadOf": address,
            "protocol.file.allow": "always",
            "core.autocrlf": "false",
            "commit.gpgSign": "false",
            "core.hooksPath": "/dev/null",
        }
        with _environment(_as_variables(settings), Path(folder)):
            yield address


def _imported(one: TemplateFiles) -> str:
    message = f"{one.template} {one.tag}"
    lines = [
        f"commit refs/tags/{one.tag}\nauthor {AUTHOR}\ncommitter {AUTHOR}\n",
        f"data {len(message.encode())}\n{message}\n",
    ]
    for path, text in sorted(one.files.items()):
        lines.append(f'M 100644 inline "{path}"\ndata {len(text.encode())}\n{text}\n')
    return "".join(lines) + "\n"


def _as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    found = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


@contextmanager
def _environment(variables: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Variables for git processes that copier starts, which go by plumbum's copy of ours."""
    from plumbum import local

    ours = {**variables, "COPIER_CACHE_DIR": str(folder / "mirrors")}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        with local.env(**ours):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
