"""Where a run is kept: it goes on without its lead's bucket, and large updates have their own."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from less_loss import run
from less_loss.mechanism import Mechanism
from less_loss.miner import contributor
from project import PROJECT, fresh

from taokit.neuron.artifacts import FetchRules
from taokit.neuron.errors import ArtifactError
from taokit.neuron.messages import Reason
from taokit.neuron.testing import Persona, virtual_time
from taokit.neuron.testing.harness import Run
from taokit.neuron.testing.worlds import memory_world
from taokit.subnet_templates.training.bucket import FolderBucket, JoinedBucket
from taokit.subnet_templates.training.replica import Replica
from taokit.subnet_templates.training.uploads import Uploads


class Reached:
    """A validator's bucket as others reach it, or do not."""

    def __init__(self, bucket: FolderBucket) -> None:
        self.bucket, self.down = bucket, False

    def get(self, key: str) -> bytes | None:
        """What is there, while it is up."""
        if self.down:
            raise ArtifactError("connection refused")
        return self.bucket.get(key)

    def put(self, key: str, data: bytes) -> None:
        """Never: it is somebody else's."""
        raise ArtifactError("read only")

    def size(self, key: str) -> int | None:
        """Not told."""
        return None


async def _lead_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [FolderBucket(folder / f"bucket-{number}") for number in range(3)]
    reached = [Reached(one) for one in kept]
    made: list[Mechanism] = []

    def mechanism() -> Mechanism:
        """The first three are validators', each with a bucket of its own."""
        one, number = Mechanism(), len(made)
        if number < 3:
            others = [other for other in reached if other is not reached[number]]
            own = JoinedBucket(kept[number], others, pause=0.0)
            one.replica = Replica(run.TERMS, run.backend().initial(), own, keep=True)
        made.append(one)
        return one

    miners = JoinedBucket(FolderBucket(folder / "none"), reached, pause=0.0)
    monkeypatch.setattr(run, "bucket", lambda: miners)
    named = [one for one in PROJECT.personas if one.name == "double"]
    project = replace(PROJECT, mechanism=mechanism, personas=named)
    async with (
        memory_world(tempo=project.tempo, commit_reveal=False) as world,
        Run.open(project, world, folder, validators=3) as running,
    ):
        lead, second, third = (one.replica for one in made[:3])
        first, after = (bench.hotkey for bench in running.benches[:2])
        await running.epoch()
        assert lead.head is not None
        assert lead.head.hotkey == first
        begun = lead.state.window

        everybody, running.benches, reached[0].down = running.benches, running.benches[1:], True
        await running.epoch()
        await running.epoch()
        assert second.head is not None
        assert second.head.hotkey == after
        assert second.head.members
        assert second.state.window >= begun + 6
        assert second.state.digest == third.state.digest != lead.state.digest

        running.benches, reached[0].down = everybody, False
        await running.epoch()
        assert lead.head.hotkey == second.head.hotkey == third.head.hotkey == first
        assert lead.state.digest == second.state.digest == third.state.digest

        reached[0].down = reached[1].down = True
        late = Replica(run.TERMS, run.backend().initial(), JoinedBucket(kept[2], reached))
        late.follow([first, after], await world.block())
        assert late.head is None, "nobody whom it asks has a head"
        newcomer = Replica(run.TERMS, run.backend().initial(), kept[1])
        newcomer.follow([first, after], await world.block())
        assert newcomer.head is not None
        assert newcomer.state.window > begun + 6, "the second has kept what the first posted"


def test_a_run_goes_on_without_its_lead_and_its_lead_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    virtual_time.run(_lead_lost(tmp_path, monkeypatch))


@contextmanager
def files(folder: Path) -> Iterator[str]:
    """A folder behind HTTP; its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    ) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()


async def _uploaded(folder: Path, url: str) -> None:
    kept = FolderBucket(folder / "kept")

    class Nowhere(FolderBucket):
        def put(self, key: str, data: bytes) -> None:
            """Forgets it."""

    class Other(FolderBucket):
        def put(self, key: str, data: bytes) -> None:
            """Keeps something else."""
            super().put(key, bytes(len(data)))

    def miner(bucket: FolderBucket) -> Any:
        made = contributor()
        made.uploads = Uploads(bucket, url, inline=0)
        return made

    personas = [
        Persona("uploads", "good", partial(miner, kept), makes=True),
        Persona("forgets", "zero", partial(miner, Nowhere(kept.root)), Reason.MISSING, makes=True),
        Persona("swaps", "zero", partial(miner, Other(kept.root)), Reason.MISSING, makes=True),
    ]
    project = replace(PROJECT, personas=personas)
    async with (
        memory_world(tempo=project.tempo, commit_reveal=False) as world,
        Run.open(project, world, folder, validators=1) as running,
    ):
        await running.epoch()
        report = await running.report(1, 0.0)
        head = running.benches[0].validator.mechanism.replica.head
        told = await running.benches[0].validator.chain.commitments()
    reasons = {one.persona.name: set(one.reasons) for one in report.standings}
    assert reasons == {
        "uploads": {Reason.OK},
        "forgets": {Reason.MISSING},
        "swaps": {Reason.MISSING},
    }
    (good,) = report.standing("uploads").hotkeys
    assert [member.hotkey for member in head.members] == [good]
    assert told[good].data.endswith(url.encode())


def test_an_update_too_large_for_an_answer_is_fetched_from_its_miners_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh()
    monkeypatch.setattr(run, "FETCHING", FetchRules(timeout_s=60.0, allow_private=True))
    with files(tmp_path / "kept") as url:
        virtual_time.run(_uploaded(tmp_path, url), virtual=False)
