"""A project on disk as objects: its mechanism, its personas, its gateway's routes.

Owns finding and importing its code, into this process; what is wrong with it is reported
as the project's, not as ours. Does not own what is done with it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from taokit.subnet_templates.errors import NeedsExtra, NotAProject
from taokit.subnet_templates.updating import answers_of

if TYPE_CHECKING:
    from taokit.neuron.gateway import Gateway, Route
    from taokit.neuron.mechanism import Mechanism
    from taokit.neuron.testing import Project

__all__ = ["load_gateway", "load_mechanism", "load_project", "load_routes", "package_of"]


def package_of(project: Path) -> str:
    """The name of a project's package. Raises NotAProject."""
    _, _, answers = answers_of(project)
    return str(answers.get("package", ""))


def load_project(project: Path) -> Project:
    """What the project's ``tests/project.py`` hands to the harness. Raises NotAProject."""
    from taokit.neuron.testing import Project

    module = _module(project, project / "tests" / "project.py")
    found = getattr(module, "PROJECT", None)
    if not isinstance(found, Project):
        raise NotAProject(f"{project}/tests/project.py declares no PROJECT")
    return found


def load_mechanism(project: Path) -> Mechanism:
    """A fresh mechanism of the project's. Raises NotAProject."""
    package = package_of(project)
    kind = getattr(_part(project, f"{package}.mechanism"), "Mechanism", None)
    if not callable(kind):
        raise NotAProject(f"src/{package}/mechanism.py declares no class Mechanism")
    made: Mechanism = _guarded(project, kind)
    return made


def load_routes(project: Path) -> tuple[Route[Any, Any, Any], ...]:
    """What the project sells, nothing if it has no gateway. Raises NotAProject."""
    return load_gateway(project)[0]


def load_gateway(
    project: Path,
) -> tuple[tuple[Route[Any, Any, Any], ...], Callable[[Gateway], None] | None]:
    """What the project sells: its ``ROUTES``, and ``sell(gateway)``, which adds what is none.

    Raises NotAProject.
    """
    package = package_of(project)
    if not (project / "src" / package / "gateway.py").exists():
        return (), None
    module = _part(project, f"{package}.gateway")
    return tuple(getattr(module, "ROUTES", ())), getattr(module, "sell", None)


def _part(project: Path, name: str) -> ModuleType:
    _make_importable(project)
    module: ModuleType = _guarded(project, importlib.import_module, name)
    return module


def _module(project: Path, file: Path) -> ModuleType:
    package_of(project)
    _make_importable(project)
    if not file.exists():
        raise NotAProject(f"{file} is missing, by which tests and commands know the project")

    def executed() -> ModuleType:
        spec = importlib.util.spec_from_file_location("project", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    made: ModuleType = _guarded(project, executed)
    return made


def _make_importable(project: Path) -> None:
    source = str((project / "src").absolute())
    if sys.path[0] != source:
        sys.path.insert(0, source)
    package = package_of(project)
    elsewhere = getattr(sys.modules.get(package), "__file__", None)
    if elsewhere and not Path(elsewhere).is_relative_to(source):  # another project's, of that name
        for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
            del sys.modules[name]


def _guarded(project: Path, doing: Any, *args: Any) -> Any:
    """Run the project's code; what it raises is its author's to read, with the line."""
    from taokit.wallet.errors import TaokitError

    try:
        return doing(*args)
    except TaokitError:
        raise
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in _EXTRAS:
            extra = _EXTRAS[missing]
            raise NeedsExtra(
                f"{missing} is not installed", hint=f'pip install "taokit[{extra}]"'
            ) from error
        raise NotAProject(
            f"{project.name} needs {error.name}, which is not installed",
            hint="pip install -e . pytest ruff",
        ) from error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise NotAProject(
            f"the project's code cannot be loaded: {type(error).__name__}: {error}",
            hint=f"look at {last.filename}:{last.lineno}",
        ) from error


_EXTRAS: Mapping[str, str] = dict.fromkeys(
    (
        "fastapi",
        "httpx",
        "prometheus_client",
        "pydantic",
        "pydantic_settings",
        "starlette",
        "structlog",
        "uvicorn",
        "zstandard",
    ),
    "neuron",
)
