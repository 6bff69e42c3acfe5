"""What the commands of ``taokit subnet``, ``taokit new`` and ``taokit demo`` answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from taokit.chain_client.json_schema import And
from taokit.cli.answers.answer import Answer
from taokit.subnet_templates.scaffolding import Created
from taokit.subnet_templates.source_rules import Finding
from taokit.subnet_templates.updating import Updated

__all__ = ["ANSWERS"]


class PlayedCommand(TypedDict):
    """A command of the demo."""

    command: str
    status: int
    seconds: float


class Demo(TypedDict):
    """What was played; `earned` is each miner's incentive of 65535, `folder` what was kept."""

    seconds: float
    endpoint: str
    commands: list[PlayedCommand]
    earned: dict[str, int]
    folder: Path | None


class NewProject(TypedDict):
    """A subnet's project: its files, and what one types next."""

    folder: str
    next: list[str]


class Question(TypedDict):
    """What a template asks."""

    name: str
    type: str
    help: str
    default: Any
    choices: list[Any]


class Template(TypedDict):
    """A template for a subnet."""

    template: str
    measures: str
    version: str
    questions: list[Question]


class ProjectUpdate(TypedDict):
    """What an update did; with `--check`, `pending` is whether there is one."""

    pending: bool


class Persona(TypedDict):
    """A persona: what was expected of it, and what it got."""

    persona: str
    expected: str
    # `for` is a word of Python: see _Persona
    share: float
    verdicts: dict[str, int]
    verdict: Literal["passed", "failed"]
    problems: list[str]


_For = TypedDict("_For", {"for": str | None})


class Bought(TypedDict):
    """What a buyer asked of the gateway and got."""

    requests: int
    served: dict[str, int]
    paid_micro_credits: int


class Verdicts(TypedDict):
    """Whether every persona got what was declared for it."""

    passed: bool
    world: str
    epochs: int
    tempo: int
    commit_reveal: bool
    validators: int
    burned: float
    agreement: float
    calls: int
    seconds: float
    bought: Bought | None
    problems: list[str]
    personas: list[Annotated[_For, And(Persona)]]


class Deviation(TypedDict):
    """What a persona earns in an honest miner's place, and what it would earn honestly."""

    persona: str
    expected: str
    share: float
    honest: float
    result: Literal["pays", "passed"]


class Deviations(TypedDict):
    """Whether anything pays better than honesty."""

    passed: bool
    seed: int
    epochs: int
    problems: list[str]
    deviations: list[Deviation]


class Mutant(TypedDict):
    """A miner that changes what it sends."""

    mutant: str
    share: float
    changes: dict[str, int]
    verdicts: dict[str, int]


class Parent(TypedDict):
    """The honest miner that mutants are made from."""

    persona: str
    share: float


class Mutants(TypedDict):
    """With `--random`: what mutants earned, and how a miner answered odd requests."""

    passed: bool
    seed: int
    epochs: int
    parent: Parent
    problems: list[str]
    mutants: list[Mutant]
    requests: dict[str, dict[str, int]]


class FoundAt(TypedDict):
    """What was found, and where."""

    where: str


class Rule(TypedDict):
    """With `--rules`: a rule."""

    rule: str
    says: str


class OpenApi(TypedDict):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


class DevEvent(TypedDict):
    """Something that happened in `taokit subnet dev`; further fields are the event's own."""

    event: str


_Project = Annotated[Created, And(NewProject)]

ANSWERS: dict[str, Any] = {
    "demo": Demo,
    "new": _Project,
    "subnet new": _Project,
    "subnet templates": list[Template],
    "subnet update": Annotated[Updated, And(ProjectUpdate)],
    "subnet test": Verdicts,
    "subnet attack": Deviations | Mutants,
    "subnet lint": list[Annotated[Finding, And(FoundAt)]] | list[Rule],
    "subnet spec": OpenApi,
    "subnet dev": Answer(DevEvent, lines=True),
}
