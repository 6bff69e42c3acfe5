"""A template as a project on disk, and running things in it as its author would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from taokit.subnet_templates.composing import compose


def render(template: str, folder: Path, **answers: object) -> Path:
    """A project made of a template; the answers that are not given are the defaults."""
    copier = pytest.importorskip("copier", reason="rendering templates needs copier")
    source, project = folder / "template", folder / "project"
    compose(template, source)
    given = {"project": "Sorted lists", **answers}
    copier.run_copy(str(source), str(project), data=given, defaults=True, quiet=True)
    return project


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in a project, with this interpreter and taokit as it is here."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
