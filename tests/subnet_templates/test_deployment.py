"""Image, compose files and workflow of every template: what they name is there, and takes it.

Nothing here needs a container engine; what the files say is held against the project itself.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic_settings", reason="programs need taokit[neuron]")

import yaml

from taokit.neuron.config import GatewaySettings, MinerSettings, ValidatorSettings
from taokit.subnet_templates.scaffolding import create

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ANSWERS: dict[str, dict[str, str]] = {
    "blank": {},
    "inference": {"engine": "vllm", "model": "some/model"},
    "training": {"backend": "torch"},
}
SETTINGS = {"miner": MinerSettings, "validator": ValidatorSettings, "gateway": GatewaySettings}
_VARIABLE = re.compile(r"\$\{([A-Z]+)(:[-?][^}]*)?\}")


@pytest.fixture(scope="module", params=sorted(ANSWERS))
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("deployed") / "project"
    template = str(request.param)
    create(template, "Sorted lists", into=into, answers=ANSWERS[template], with_git=False)
    return into


def scripts(project: Path) -> dict[str, str]:
    found: dict[str, str] = of_pyproject(project)["project"]["scripts"]
    return found


def of_pyproject(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text())


def compose(project: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / "deploy" / name).read_text())
    return found


def test_the_scripts_are_functions_of_the_package(project: Path) -> None:
    for target in scripts(project).values():
        module, _, function = target.partition(":")
        source = project / "src" / Path(*module.split(".")).with_suffix(".py")
        defined = {n.name for n in ast.parse(source.read_text()).body if hasattr(n, "name")}
        assert function in defined, target


def test_each_service_runs_a_script_with_options_that_it_takes(project: Path) -> None:
    described = compose(project, "compose.yml")
    assert set(described["services"]) == {"validator", "gateway", "miner"}
    for name, service in described["services"].items():
        script, *words = service["command"]
        assert scripts(project)[script].endswith(f"{name}:main")
        options = dict(zip(words[::2], words[1::2]))
        fields = {f"--{field.replace('_', '-')}" for field in SETTINGS[name].model_fields}
        assert options.keys() <= fields
        context = project / "deploy" / service["build"]["context"]
        assert (context / service["build"]["dockerfile"]).is_file()
        assert (project / ".env.example").is_file()
        assert service["env_file"] == "../.env"
        assert ".env" in (project / ".gitignore").read_text().splitlines()
        mounted = [volume.rsplit(":/", 1) for volume in service["volumes"]]
        named = {source for source, _ in mounted if not source.startswith("$")}
        assert named <= set(described["volumes"])
        port = options.get("--metrics-port") or options["--port"]
        assert f":{port}/" in service["healthcheck"]["test"][-1]
        ast.parse(service["healthcheck"]["test"][-1])
        for published in service.get("ports", []):
            assert published.split(":")[1] == options["--port"]


def test_services_write_only_to_what_the_image_gives_to_their_user(project: Path) -> None:
    image = (project / "deploy" / "Dockerfile").read_text()
    user = re.search(r"^USER (\S+)$", image, re.M)
    assert user is not None
    assert f"install -d -o {user[1]} /state" in image
    for service in compose(project, "compose.yml")["services"].values():
        assert service["read_only"] is True
        assert any(volume.endswith(":/state") for volume in service["volumes"])
        assert all("coldkey" not in v.partition(":?")[0] for v in service["volumes"])
        wallets = next(v for v in service["volumes"] if "wallets" in v)
        assert wallets.endswith(f"/home/{user[1]}/.bittensor/wallets:ro")


def test_the_image_is_built_of_files_that_are_there(project: Path) -> None:
    lines = (project / "deploy" / "Dockerfile").read_text().splitlines()
    stages = [line.split()[-1] for line in lines if line.startswith("FROM") and " AS " in line]
    for line in lines:
        word, *rest = line.split() or ["ARG"]
        assert word in {"FROM", "ARG", "WORKDIR", "COPY", "RUN", "USER", "CMD"}, line
        if word == "COPY":
            flags = [one for one in rest if one.startswith("--")]
            stage = next((f[7:] for f in flags if f.startswith("--from=")), None)
            if stage is not None:
                assert stage in stages
            else:
                for source in [one for one in rest if not one.startswith("--")][:-1]:
                    assert (project / source).exists(), line
        if word == "CMD":
            assert json.loads(" ".join(rest))[0] in scripts(project)
    minor = re.search(r"^FROM python:3\.(\d+)-slim", "\n".join(lines), re.M)
    assert minor is not None
    assert 10 <= int(minor[1]) <= 13


def test_the_file_for_gpus_changes_services_that_exist_and_extras_that_exist(project: Path) -> None:
    extras = of_pyproject(project)["project"].get("optional-dependencies", {})
    file = project / "deploy" / "compose.gpu.yml"
    assert file.exists() == bool(extras)
    if extras:
        described = compose(project, "compose.gpu.yml")
        assert set(described["services"]) <= set(compose(project, "compose.yml")["services"])
        for service in described["services"].values():
            (device,) = service["deploy"]["resources"]["reservations"]["devices"]
            assert device["capabilities"] == ["gpu"]
            arguments = set(service["build"]["args"])
            assert {f"ARG {one}" for one in arguments} <= {
                line.partition("=")[0]
                for line in (project / "deploy/Dockerfile").read_text().splitlines()
            }
        advised = re.search(r"EXTRAS=(\S+)", file.read_text())
        assert advised is not None
        assert advised[1] in extras


def test_every_variable_of_the_compose_files_has_a_default_or_says_what_it_is(
    project: Path,
) -> None:
    for file in (project / "deploy").glob("compose*.yml"):
        assert all(found[2] for found in _VARIABLE.finditer(file.read_text())), file.name


def test_the_workflow_runs_what_the_project_has(project: Path) -> None:
    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())
    assert {"push", "pull_request", "schedule"} == set(workflow[True])  # YAML's reading of "on"
    assert workflow["permissions"] == {"contents": "read"}
    settings = of_pyproject(project)
    low = settings["project"]["requires-python"].removeprefix(">=")
    for job in workflow["jobs"].values():
        assert job["runs-on"].startswith("ubuntu")
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            if "uses" in step:
                assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
                continue
            program, *words = step["run"].split(maxsplit=1)
            assert program in {"pip", "ruff", "pytest"}
            if program == "pip":
                installed = words[0].split()
                assert installed[:3] == ["install", "-e", "."]
            marked = re.search(r'-m (?:"not )?(\w+)', step["run"])
            if marked:
                markers = settings["tool"]["pytest"]["ini_options"]["markers"]
                assert any(one.startswith(f"{marked[1]}:") for one in markers)
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert matrix[0] == low
