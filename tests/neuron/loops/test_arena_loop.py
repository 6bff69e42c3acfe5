"""An arena among its authors: artifacts in time, copies found, all compared."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from taokit.neuron.chain import Commitment
from taokit.neuron.errors import ArtifactError
from taokit.neuron.loops.submissions import MAX_URL, Claim, copies, decode, encode
from taokit.neuron.mechanism import ArenaMechanism
from taokit.neuron.messages import Message, Reason, Verdict
from taokit.neuron.testing import Project, persona, run_memory
from taokit.neuron.testing.personas import personas_of

SHELF: dict[str, bytes] = {}
"""What can be downloaded, by URL; filled once windows have closed."""


class Drawn(Message):
    bonus: float


class Guessing(ArenaMechanism[Drawn]):
    """The number in the artifact is its skill."""

    measures = "The number in an artifact."
    window = 20
    reveal = 4
    alpha = 1.0

    def tasks(self, rng: Any, ctx: Any) -> list[Drawn]:
        return [Drawn(bonus=rng.random() / 100) for _ in range(3)]

    async def run(self, entry: Any, task: Drawn, ctx: Any) -> float | Verdict:
        text = entry.path.read_text()
        if not text.startswith("0."):
            nothing = {"task": "0" * 64, "quality": 0.0, "ok": False}
            return Verdict(hotkey=entry.hotkey, reason=Reason.SANDBOX_TIME, **nothing)
        return float(text) + task.bonus

    def weights(self, book: Any, snap: Any) -> dict[str, float]:
        return {hotkey: score**4 for hotkey, score in book.items() if score}


class Author:
    """Commits to its text at once, and lets others see it when the first window has closed."""

    text = "0.9"
    shown = True

    async def start(self, seat: Any) -> None:
        self.seat = seat
        self.data = self.text.encode()
        self.url = f"https://{type(self).__name__}/{seat.number}"
        await self.commit()

    async def commit(self) -> None:
        await self.seat.chain.commit(encode(hashlib.sha256(self.data).hexdigest(), self.url))

    async def step(self, block: int) -> None:
        if self.shown and block >= Guessing.window:
            SHELF[self.url] = self.data

    async def stop(self) -> None:
        """Nothing runs."""


@persona("strong", expect="good")
class Strong(Author):
    text = "0.95"


@persona("middling", expect="mid")
class Middling(Author):
    text = "0.6"


@persona("hangs", expect="zero", reason=Reason.SANDBOX_TIME)
class Hangs(Author):
    text = "forever"


@persona("secretive", expect="zero", reason=Reason.UNREVEALED)
class Secretive(Author):
    text = "0.99"
    shown = False


@persona("copycat", expect="zero", reason=Reason.COPY)
class Copycat(Author):
    """Commits to what the strong one has committed to, a block later."""

    text = "0.95"

    async def start(self, seat: Any) -> None:
        self.seat = seat

    async def step(self, block: int) -> None:
        found = (await self.seat.chain.commitments()).values()
        target = hashlib.sha256(b"0.95").digest()
        held = [one.data for one in found if target in one.data]
        if len(held) == 1:
            await self.seat.chain.commit(held[0])


def fetching(folder: Path) -> Any:
    async def fetch(claim: Claim) -> Path:
        data = SHELF.get(claim.url)
        if data is None or hashlib.sha256(data).hexdigest() != claim.digest:
            raise ArtifactError(f"nothing at {claim.url}")
        path = folder / claim.digest
        path.write_bytes(data)
        return path

    return fetch


def test_authors_earn_by_what_they_committed_to_and_a_copy_earns_nothing() -> None:
    import sys

    SHELF.clear()
    personas = personas_of(sys.modules[__name__])
    project = Project(Guessing, personas, tempo=20, turns=5, lead=2, fetch=fetching)
    report = run_memory(project, epochs=5, restart=2)
    assert [s.persona.name for s in report.check().standings if s.share > 0] == [
        "strong",
        "middling",
    ]


def test_a_commitment_is_read_as_it_was_written_and_others_are_left_alone() -> None:
    digest = "ab" * 32
    written = Commitment(7, encode(digest, "https://example.org/x"))
    assert decode("5A", written) == Claim("5A", digest, "https://example.org/x", 7)
    assert decode("5A", Commitment(7, b"something else")) is None
    assert decode("5A", Commitment(7, b"tk1:" + bytes(32))) is None
    assert decode("5A", Commitment(7, b"tk1:" + bytes(32) + b"\xff")) is None
    assert len(encode(digest, "x" * MAX_URL)) == 128
    with pytest.raises(ArtifactError):
        encode(digest, "x" * (MAX_URL + 1))


def test_the_earlier_commitment_counts_and_of_one_block_the_lesser_address() -> None:
    claims = {
        "5A": Claim("5A", "11", "u", 9),
        "5B": Claim("5B", "11", "u", 8),
        "5C": Claim("5C", "22", "u", 8),
        "5D": Claim("5D", "22", "u", 8),
    }
    assert copies(claims) == {"5A", "5D"}
