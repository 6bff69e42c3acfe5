"""What ``taokit subnet attack`` shows: which deviations pay, what mutants came to.

Owns the two reports. Does not own the attacks (``taokit.subnet_templates.attacks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taokit.cli.context import Run
from taokit.cli.errors import UsageError
from taokit.cli.table import Column

if TYPE_CHECKING:
    from taokit.neuron.testing import Project

__all__ = ["deviate", "mutate"]


def deviate(run: Run, project: Project, seed: int, epochs: int, only: str | None) -> bool:
    """Turn an honest miner into each persona; whether none of them pays."""
    from taokit.subnet_templates.attacks.deviations import deviations

    known = [one.name for one in project.personas if one.expect != "good"]
    if only is not None and only not in known:
        raise UsageError(f"no persona is called {only!r}", hint=f"there are {', '.join(known)}")
    with run.out.phase("turning an honest miner into each persona"):
        found = list(deviations(project, epochs=epochs, seed=seed, only=only))
    rows = [
        {
            "persona": one.persona,
            "expected": one.expect,
            "share": round(one.share, 6),
            "honest": round(one.honest, 6),
            "result": "pays" if one.pays else "passed",
        }
        for one in sorted(found, key=lambda one: -one.share)
    ]
    columns = [
        Column("persona", "Persona", priority=9),
        Column("expected", "Expected", priority=7),
        Column("share", "Earns", right=True, priority=9),
        Column("honest", "Honestly", right=True, priority=8),
        Column("result", "Result", priority=9),
    ]
    problems = [f"{one.persona} pays better than honesty" for one in found if one.pays]
    document = {
        "passed": not problems,
        "seed": seed,
        "epochs": epochs,
        "problems": problems,
        "deviations": rows,
    }
    shown = [_percent(run, row, "share", "honest") for row in rows]
    run.out.table(columns, shown, json=document)
    for problem in problems:
        run.out.warn(problem)
    return not problems


def mutate(
    run: Run,
    project: Project,
    seed: int,
    epochs: int,
    mutants: int,
    requests: int,
    only: str | None,
) -> bool:
    """Attack at random; whether nothing was earned that was not due, and nothing failed."""
    from taokit.subnet_templates.attacks.fuzzing import fuzz

    with run.out.phase("running the mutants"):
        done = fuzz(
            project,
            seed=seed,
            mutants=mutants,
            epochs=epochs,
            requests=requests,
            only=None if only is None else _number(only),
        )
    rows: list[dict[str, Any]] = [
        {
            "mutant": one.mutant.name,
            "share": round(one.share, 6),
            "changes": dict(sorted(one.mutant.changes.items())),
            "verdicts": {str(reason): n for reason, n in sorted(one.reasons.items())},
        }
        for one in done.mutants
    ]
    problems = done.problems()
    by_kind: dict[str, dict[str, int]] = {}
    for (kind, status), count in sorted(done.requests.outcomes.items()):
        by_kind.setdefault(kind, {})[str(status or "closed")] = count
    document = {
        "passed": not problems,
        "seed": seed,
        "epochs": epochs,
        "parent": {"persona": done.parent, "share": round(done.share, 6)},
        "problems": problems,
        "mutants": rows,
        "requests": by_kind,
    }
    columns = [
        Column("mutant", "Mutant", priority=9),
        Column("share", "Earns", right=True, priority=9),
        Column("verdicts", "Verdicts", priority=8),
        Column("changes", "Changes", priority=5),
    ]
    shown = [
        {
            **_percent(run, row, "share"),
            **{key: _counts(row[key]) for key in ("verdicts", "changes")},
        }
        for row in rows
    ]
    run.out.table(columns, shown, json=document)
    sent = sum(done.requests.outcomes.values())
    run.out.note(f"seed {seed}: {done.parent} earned {done.share:.2%}; {sent} requests to a miner")
    for problem in problems:
        run.out.warn(problem)
    return not problems


def _number(only: str) -> int:
    digits = only.removeprefix("mutant-")
    if not digits.isdigit():
        raise UsageError(f"{only!r} is no mutant", hint="mutants are mutant-0, mutant-1, ...")
    return int(digits)


def _percent(run: Run, row: dict[str, Any], *names: str) -> dict[str, Any]:
    if run.out.form == "plain":
        return row
    return {**row, **{name: f"{row[name]:.2%}" for name in names}}


def _counts(counts: dict[str, int]) -> str:
    return " ".join(f"{name}:{count}" for name, count in counts.items())
