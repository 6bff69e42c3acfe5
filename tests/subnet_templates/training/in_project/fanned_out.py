"""Updates are measured by what their base is called, so any process may do it.

Run in a project that was rendered of the template (``test_training``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from less_loss.mechanism import Mechanism
from project import PROJECT, fresh

from taokit.neuron.fanout import Fanout, Processes, Threads
from taokit.neuron.testing import virtual_time
from taokit.neuron.testing.harness import Run
from taokit.neuron.testing.worlds import memory_world

NAMES = ("single", "hijacker", "pickler")


def judged(folder: Path, make: Callable[[], Fanout]) -> list[tuple[Any, ...]]:
    """What a validator concludes in an epoch (signatures, and so names of updates, differ)."""

    async def doing() -> list[tuple[Any, ...]]:
        place = make()
        project = replace(
            PROJECT,
            personas=[one for one in PROJECT.personas if one.name in NAMES],
            tempo=PROJECT.tempo // 2,
            turns=PROJECT.turns // 2,
            options=(("fanout", place),),
            real_time=True,
        )
        folder.mkdir()
        try:
            async with (
                memory_world(tempo=project.tempo, commit_reveal=False) as world,
                Run.open(project, world, folder, validators=1) as running,
            ):
                await running.epoch()
                book = running.benches[0].validator.book
                found = [one.verdict for hotkey in book for one in book.verdicts(hotkey)]
        finally:
            await place.close()
        return sorted((v.hotkey, v.reason.value, v.quality, _rounded(v.evidence)) for v in found)

    fresh()
    return virtual_time.run(doing(), virtual=False)


def test_the_same_is_found_in_threads_and_in_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(tmp_path / "threads", Threads)
    assert {one[1] for one in found} == {"OK", "MALFORMED", "NOT_ASSIGNED_DATA"}

    def not_here(*what: Any) -> Any:
        raise AssertionError("measured by the validator itself")

    monkeypatch.setattr(Mechanism, "_measured", not_here)
    assert judged(tmp_path / "processes", lambda: Processes(1)) == found


def _rounded(evidence: Mapping[str, Any]) -> str:
    """Other numbers of threads add up in another order: the last digits may differ."""
    return str({k: round(v, 5) if isinstance(v, float) else v for k, v in evidence.items()})
