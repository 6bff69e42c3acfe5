"""Replicas follow what a lead posted only as far as they come to the same state themselves."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import numpy as np
import pytest

from taokit.neuron.errors import ArtifactError
from taokit.subnet_templates.training.bucket import FolderBucket, JoinedBucket
from taokit.subnet_templates.training.messages import Aggregate, Update, signed
from taokit.subnet_templates.training.replica import Replica
from taokit.subnet_templates.training.terms import Terms
from taokit.wallet.devkeys import dev_key

TERMS = Terms(window=10, chunk=50, keep=5)
LEAD, SECOND, MINER = dev_key("Alice"), dev_key("Bob"), dev_key("Charlie")
WHO = [LEAD.ss58_address, SECOND.ss58_address]
PARAMS = np.linspace(-1, 1, 120, dtype=np.float32)


def replica(bucket: FolderBucket) -> Replica:
    return Replica(TERMS, PARAMS, bucket)


def update(one: Replica, window: int) -> Update:
    vector = np.sin(np.arange(120, dtype=np.float32) + window)
    data = one.codec.encode(one.codec.compress(vector)[0])
    made = Update(
        hotkey=MINER.ss58_address,
        window=window,
        block=window * 10 + 5,
        base=one.state.digest,
        codec=one.codec.name,
        pages=(1,),
        tokens=10,
        probe="",
        loss=1.0,
        sha256=hashlib.sha256(data).hexdigest(),
        payload=base64.b64encode(data).decode(),
    )
    return signed(made, MINER)


def post(one: Replica, window: int, signer=LEAD) -> Aggregate:
    members = {MINER.ss58_address: update(one, window)}
    posted = one.post(window, members, signer, lambda params: 1.0)
    assert posted is not None
    return posted


@pytest.fixture
def bucket(tmp_path: Path) -> FolderBucket:
    return FolderBucket(tmp_path)


def test_who_follows_comes_to_the_same_state(bucket: FolderBucket) -> None:
    lead, other = replica(bucket), replica(bucket)
    before = lead.state.digest
    for window in (0, 1, 4):
        post(lead, window)
    assert other.follow(WHO, 50) == 3
    assert other.state.digest == lead.state.digest != before
    assert other.base_of(4).digest == lead.base_of(4).digest


def test_what_was_posted_once_is_not_posted_again(bucket: FolderBucket) -> None:
    lead = replica(bucket)
    members = {MINER.ss58_address: update(lead, 0)}
    assert lead.post(0, members, LEAD, lambda params: 1.0) is not None
    assert lead.post(0, members, LEAD, lambda params: 1.0) is None


@pytest.mark.parametrize("field", ["mean", "state", "base", "signature"])
def test_a_lie_of_the_lead_is_not_followed(bucket: FolderBucket, field: str) -> None:
    posted = post(replica(bucket), 0)
    lie = posted.model_copy(update={field: "ab" * (64 if field == "signature" else 32)})
    if field != "signature":
        lie = signed(lie, LEAD)
    for key in (f"heads/{WHO[0]}", f"aggregates/0-{WHO[0]}"):
        bucket.put(key, lie.model_dump_json().encode())
    other = replica(bucket)
    assert other.follow(WHO, 10) == 0
    assert other.state.digest == replica(bucket).state.digest


def test_an_update_that_was_changed_in_the_bucket_is_not_followed(bucket: FolderBucket) -> None:
    lead = replica(bucket)
    posted = post(lead, 0)
    bucket.put(f"updates/{posted.members[0].update}", b"{}")
    assert replica(bucket).follow(WHO, 10) == 0


def test_nobody_else_leads_and_the_second_waits_for_its_turn(bucket: FolderBucket) -> None:
    one = replica(bucket)
    post(one, 0, SECOND)
    assert replica(bucket).follow(WHO[:1], 19) == 0
    assert replica(bucket).follow(WHO, 16) == 0
    assert replica(bucket).follow(WHO, 17) == 1
    fresh = replica(bucket)
    assert fresh.leads_at(WHO, WHO[0], 0, 12)
    assert not fresh.leads_at(WHO, WHO[1], 0, 12)
    assert fresh.leads_at(WHO, WHO[1], 0, 17)
    assert not fresh.leads_at(WHO, WHO[1], 0, 20)
    assert not fresh.leads_at(WHO, MINER.ss58_address, 0, 17)


def test_who_is_far_behind_takes_a_checkpoint_of_the_hash_that_the_lead_signed(
    bucket: FolderBucket,
) -> None:
    lead = replica(bucket)
    for window in range(100, 103):
        post(lead, window)
    other = replica(bucket)
    assert other.follow(WHO, 1030) == 1
    assert other.state.digest == lead.state.digest
    assert other.base_of(102) is not None


def test_who_keeps_what_it_follows_can_be_followed_when_the_lead_is_gone(tmp_path: Path) -> None:
    of_lead, of_second = FolderBucket(tmp_path / "lead"), FolderBucket(tmp_path / "second")
    lead = replica(of_lead)
    post(lead, 0)
    post(lead, 1)
    joined = JoinedBucket(of_second, [of_lead])
    second = Replica(TERMS, PARAMS, joined, keep=True)
    assert second.follow(WHO, 25) == 2
    post(second, 2, SECOND)
    newcomer = replica(of_second)
    assert newcomer.follow(WHO, 50) == 3
    assert newcomer.state.digest == second.state.digest


def test_who_begins_and_finds_no_history_takes_the_newest_checkpoint(tmp_path: Path) -> None:
    whole, rest = FolderBucket(tmp_path / "whole"), FolderBucket(tmp_path / "rest")
    lead = replica(whole)
    for window in range(3):
        post(lead, window)
    state = lead.state.digest
    for key in (f"heads/{WHO[0]}", f"checkpoints/{state}"):
        rest.put(key, whole.get(key))
    newcomer = replica(rest)
    assert newcomer.follow(WHO, 50) == 1
    assert newcomer.state.digest == state
    followed = replica(whole)
    followed.follow(WHO, 15)
    followed.bucket = rest
    assert followed.follow(WHO, 50) == 0, "who could follow believes no checkpoint"


def test_a_bucket_that_fails_stops_nobody() -> None:
    class Gone:
        def get(self, key: str) -> bytes | None:
            raise ArtifactError("gone")

    one = Replica(TERMS, PARAMS, Gone())  # type: ignore[arg-type]
    assert one.follow(WHO, 50) == 0
    assert one.trouble == "gone"


def test_nothing_is_read_or_written_beside_a_bucket(bucket: FolderBucket) -> None:
    for key in ("../x/y", "heads/../../x", "heads/.x", "/etc/passwd", "heads/a/b"):
        with pytest.raises(Exception, match="no key"):
            bucket.get(key)
