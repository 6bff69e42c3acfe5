"""What is known to go wrong with subnets, as rules on a project.

Owns the rules on the project as a whole and running all of them. Does not own those on a file's
syntax (``source_rules``). A line that ends in ``# lint: allow RULE`` is let through.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from taokit.subnet_templates.loading import package_of
from taokit.subnet_templates.source_rules import Finding, of_everything, of_mechanism

__all__ = ["RULES", "lint"]

RULES = {
    "measures": "one sentence says what the subnet measures, and it is one thing",
    "burn": "what nobody earned is burned: no verdicts, no weights",
    "deadline": "a task has a deadline, of a minute at most",
    "personas": "there is somebody good, and a cheater with the reason it is caught for",
    "spec": "SPEC.md says what binds miners",
    "unseeded-random": "what is drawn can be drawn again by everybody",
    "wall-clock": "judging does not depend on when it happens",
    "coldkey-as-identity": "no rule takes a coldkey for a person",
    "no-timeout": "whoever waits says how long",
    "commitment-too-long": "commitments fit on chain",
    "shipped-dataset": "no secret questions: what ships with the code, miners have",
    "syntax": "the code can be read",
}
_DATA = {".csv", ".json", ".jsonl", ".npy", ".npz", ".parquet", ".pkl", ".txt"}
_SMALL = 4096
_LONGEST_DEADLINE_S = 60.0


def lint(project: Path) -> list[Finding]:
    """Everything that a project should change, by file. Raises NotAProject."""
    package = package_of(project)
    found: list[Finding] = []
    source = project / "src" / package
    for file in sorted([*source.rglob("*.py"), *(project / "personas").rglob("*.py")]):
        found += _of_file(project, file, mechanism=_binds(source, file))
    if any(finding.rule == "syntax" for finding in found):
        return found
    found += _of_class(project, source / "mechanism.py")
    found += _of_personas(project)
    found += _of_folder(project, source)
    if importlib.util.find_spec("pydantic") is not None and not found:
        found += _of_running(project)
    return found


def _binds(source: Path, file: Path) -> bool:
    """Whether validators have to agree on what a file does: all but miners and sellers."""
    inside = file.relative_to(source).parts if file.is_relative_to(source) else ()
    free = {"miner.py", "gateway.py", "backends"}
    return bool(inside) and not free & {*inside}


def _of_file(project: Path, file: Path, *, mechanism: bool) -> Iterator[Finding]:
    path, text = file.relative_to(project).as_posix(), file.read_text(encoding="utf-8")
    lines = text.splitlines()
    try:
        found = list(of_everything(path, text))
        if mechanism:
            found += of_mechanism(path, text)
    except SyntaxError as error:
        yield Finding("syntax", path, error.lineno or 0, str(error.msg))
        return
    for finding in found:
        if f"# lint: allow {finding.rule}" not in lines[finding.line - 1]:
            yield finding


def _of_class(project: Path, file: Path) -> Iterator[Finding]:
    path = file.relative_to(project).as_posix()
    if not file.exists():
        yield Finding("measures", path, 0, "there is no mechanism.py")
        return
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name == "Mechanism":
            said = {
                target.id: (one.value, one.lineno)
                for one in node.body
                if isinstance(one, ast.Assign)
                for target in one.targets
                if isinstance(target, ast.Name)
            }
            yield from _of_measures(path, node.lineno, said.get("measures"))
            return
    yield Finding("measures", path, 0, "there is no class Mechanism")


def _of_measures(path: str, line: int, said: tuple[ast.expr, int] | None) -> Iterator[Finding]:
    try:
        text = "" if said is None else str(ast.literal_eval(said[0])).strip()
    except ValueError:
        return  # computed: the rules that run the code see it
    line = line if said is None else said[1]
    if not text:
        yield Finding("measures", path, line, "the mechanism does not say what it measures")
    elif " and " in text.lower():
        yield Finding("measures", path, line, "it measures two things ('and'): choose one")
    elif text.rstrip(".").count(". "):
        yield Finding("measures", path, line, "it takes more than one sentence to say it")


def _of_personas(project: Path) -> Iterator[Finding]:
    expected: list[tuple[str, bool]] = []
    for file in (project / "personas").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "persona":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                expect = given.get("expect")
                if isinstance(expect, ast.Constant):
                    expected.append((str(expect.value), "reason" in given))
    if not any(tier == "good" for tier, _ in expected):
        yield Finding("personas", "personas", 0, "nobody is declared good")
    if not any(tier == "zero" and why for tier, why in expected):
        yield Finding("personas", "personas", 0, "no cheater is declared, with its reason")


def _of_folder(project: Path, source: Path) -> Iterator[Finding]:
    if not (project / "SPEC.md").exists():
        yield Finding("spec", "SPEC.md", 0, "it is missing: miners do not know what binds them")
    for file in sorted(source.rglob("*")):
        if file.suffix in _DATA and file.stat().st_size > _SMALL:
            path = file.relative_to(project).as_posix()
            yield Finding(
                "shipped-dataset",
                path,
                0,
                "miners have what ships with the code: draw tasks from a block, or from the world",
            )


def _of_running(project: Path) -> Iterator[Finding]:
    """Rules that need the mechanism itself."""
    import tempfile

    from taokit.neuron.metagraph import Snapshot
    from taokit.neuron.store import ScoreBook, Store
    from taokit.subnet_templates.loading import load_mechanism

    path = f"src/{package_of(project)}/mechanism.py"
    mechanism: Any = load_mechanism(project)
    try:
        mechanism.check()
    except Exception as error:  # noqa: BLE001 - whatever the project raises is the finding
        yield Finding("measures", path, 0, str(error))
        return
    deadline = getattr(mechanism, "deadline", None)
    if deadline is not None and not 0 < float(deadline) <= _LONGEST_DEADLINE_S:
        yield Finding("deadline", path, 0, f"a deadline of {deadline} s holds up every round")
    with tempfile.TemporaryDirectory(prefix="taokit-lint-") as folder:
        store = Store(Path(folder) / "empty.db")
        try:
            paid = mechanism.weights(ScoreBook(store), Snapshot(1, 0, "00" * 32, ""))
        except Exception as error:  # noqa: BLE001 - whatever the project raises is the finding
            yield Finding("burn", path, 0, f"weights() fails before there are scores: {error!r}")
            return
        finally:
            store.close()
    if sum(paid.values()) > 0:
        yield Finding("burn", path, 0, "it pays although nobody was judged yet")
