"""One's own copy of the shared model, kept up with what leads post, and believed no further.

Owns following and posting aggregates. Does not own the choice of members (the mechanism).

Who follows recomputes: it fetches the members' updates by their digests, checks their signatures,
takes the step itself, and moves on only if mean and state have the hashes that the lead signed. Who
begins, and is far behind or finds nothing of what was posted before, takes a checkpoint instead, of
the hash that the lead signed.

One lead posts for each window: the validator with the most stake. If it has not by seven tenths of
the next window, it is the turn of the second; if neither has, that window's updates are lost.
Validators keep what they followed (``keep``), so that a run outlives the bucket of any one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from taokit.neuron.errors import ArtifactError
from taokit.neuron.messages import Hotkey
from taokit.subnet_templates.training.bucket import Bucket
from taokit.subnet_templates.training.codec import Codec, Sparse
from taokit.subnet_templates.training.messages import Aggregate, Member, Update, signed
from taokit.subnet_templates.training.outer import State, digest_of, genesis
from taokit.subnet_templates.training.tensors import BadTensors
from taokit.subnet_templates.training.terms import Terms
from taokit.wallet.signer import Signer

__all__ = ["Replica"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
FAR = 32
"""More windows behind than this, a checkpoint is taken."""
BASES = 4


class Replica:
    """A copy of the state. It begins with ``params``, which everybody has, and follows.

    ``trouble`` says why nothing could be followed the last time, where a bucket failed.
    """

    def __init__(self, terms: Terms, params: Floats, bucket: Bucket, *, keep: bool = False) -> None:
        self.terms = terms
        self.trouble = ""
        self._keeps = keep
        self.codec = Codec(len(params), terms.chunk, terms.keep)
        self.bucket = bucket
        self.state = genesis(params, 0)
        self.head: Aggregate | None = None
        self._bases: dict[int, State] = {}

    # Following

    def follow(self, who: Sequence[Hotkey], block: int) -> int:
        """Apply what was posted by a block; returns how many windows that was.

        A bucket that fails is no reason to stop: there is more than one, or it comes back.
        """
        applied, self.trouble = 0, ""
        try:
            while self._follow_one(who, block):
                applied += 1
        except ArtifactError as error:
            self.trouble = str(error)
        return applied

    def base_of(self, window: int) -> State | None:
        """The state that updates of a window had to build upon; None once it is forgotten."""
        if window in self._bases:
            return self._bases[window]
        return self.state if self.state.window <= window else None

    def known(self, digest: str) -> State | None:
        """A state of this digest, if it is the newest or one of those before it."""
        states = [self.state, *self._bases.values()]
        return next((state for state in states if state.digest == digest), None)

    def is_due(self, window: int, block: int) -> bool:
        """Whether the state at hand is the one that a window's updates build upon.

        That is when the window before has been applied; or, where nothing was posted for it, once
        nine tenths of the window are over; and while nothing was ever posted, as far as one knows.
        """
        late = block >= window * self.terms.window + self.terms.window * 9 // 10
        return late or self.head is None or self.state.window == window

    def _follow_one(self, who: Sequence[Hotkey], block: int) -> bool:
        heads = [self._posted(f"heads/{hotkey}", hotkey) for hotkey in who]
        newer = [one for one in heads if one is not None and one.window >= self.state.window]
        newest = max(newer, key=lambda one: one.window, default=None)
        if newest is None:
            return False
        far = newest.window - self.state.window > FAR
        if far and self.head is None:
            return self._jump(newest)
        seen = False
        for window in range(self.state.window, newest.window + 1):
            for rank, hotkey in enumerate(who):
                if block < self.terms.turn(window, rank):
                    break
                found = self._posted(f"aggregates/{window}-{hotkey}", hotkey)
                if found is None or found.window != window:
                    continue
                if self._apply(found):
                    return True
                seen = seen or window < newest.window or found.base == self.state.digest
        lost = not seen and newest.window > self.state.window
        return lost and self.head is None and self._jump(newest)

    def _posted(self, key: str, hotkey: Hotkey) -> Aggregate | None:
        text = self.bucket.get(key)
        if text is None:
            return None
        try:
            found = Aggregate.model_validate_json(text)
        except ValidationError:
            return None
        return found if found.hotkey == hotkey and found.is_signed() else None

    def _apply(self, found: Aggregate) -> bool:
        if found.base != self.state.digest:
            return False
        members = self._members(found)
        if members is None:
            return False
        sparse = {hotkey: one for hotkey, (one, _) in members.items()}
        step = self.terms.outer.step(self.state, sparse, found.window)
        if (step.digest, step.state.digest) != (found.mean, found.state):
            return False
        if self._keeps:
            self._leave(found, {m.update: members[m.hotkey][1] for m in found.members}, step.state)
        self._move(found, self.state, step.state)
        return True

    def _members(self, found: Aggregate) -> dict[Hotkey, tuple[Sparse, bytes]] | None:
        """The updates of an aggregate, and as which bytes they were posted."""
        members = {}
        for member in found.members:
            text = self.bucket.get(f"updates/{member.update}")
            if text is None or hashlib.sha256(text).hexdigest() != member.update:
                return None
            try:
                update = Update.model_validate_json(text)
                members[member.hotkey] = self.codec.decode(update.data()), text
            except (ValueError, BadTensors):
                return None
            if update.hotkey != member.hotkey or update.window != found.window:
                return None
            if update.base != found.base or not update.is_signed():
                return None
        return members

    def _jump(self, head: Aggregate) -> bool:
        after, before = (self._checkpoint(one) for one in (head.state, head.base))
        if after is None or after.window != head.window + 1:
            return False
        self._move(head, before, after)
        return True

    def _checkpoint(self, wanted: str) -> State | None:
        data = self.bucket.get(f"checkpoints/{wanted}")
        if data is None:
            return None
        try:
            state = State.load(data, self.codec.size)
        except BadTensors:
            return None
        return state if state.digest == wanted else None

    def _move(self, by: Aggregate, before: State | None, after: State) -> None:
        if before is not None:
            self._bases[by.window] = before
        for window in sorted(self._bases)[:-BASES]:
            del self._bases[window]
        self.state, self.head = after, by

    # Leading

    def leads_at(self, who: Sequence[Hotkey], hotkey: Hotkey, window: int, block: int) -> bool:
        """Whether it is a hotkey's turn to post a window."""
        if hotkey not in who:
            return False
        turn = self.terms.turn(window, who.index(hotkey))
        return turn <= block < self.terms.deadline(window + 1) and self.state.window <= window

    def post(
        self, window: int, members: Mapping[Hotkey, Update], signer: Signer, loss: Any
    ) -> Aggregate | None:
        """Take a window's step and leave all that others need to take it as well.

        ``loss`` measures the new parameters. None where the window was posted before.
        """
        base = self.base_of(window)
        if base is None or base is not self.state:
            return None
        sparse = {hotkey: self.codec.decode(one.data()) for hotkey, one in members.items()}
        step = self.terms.outer.step(base, sparse, window)
        texts = {hotkey: members[hotkey].model_dump_json().encode() for hotkey in sorted(members)}
        names = [
            Member(hotkey=hotkey, update=hashlib.sha256(text).hexdigest())
            for hotkey, text in texts.items()
        ]
        posted = signed(
            Aggregate(
                hotkey=signer.ss58_address,
                window=window,
                base=base.digest,
                members=tuple(names),
                clip=step.clip,
                mean=digest_of(step.mean),
                state=step.state.digest,
                loss=float(loss(step.state.params)),
                tokens=sum(one.tokens for one in members.values()),
            ),
            signer,
        )
        self.bucket.put(f"checkpoints/{base.digest}", base.dump())
        self._leave(posted, {m.update: texts[m.hotkey] for m in names}, step.state)
        self.bucket.put(f"heads/{posted.hotkey}", posted.model_dump_json().encode())
        self._move(posted, base, step.state)
        return posted

    def _leave(self, posted: Aggregate, updates: Mapping[str, bytes], after: State) -> None:
        """Put into the bucket what others need to follow an aggregate; it itself comes last."""
        for name, text in updates.items():
            self.bucket.put(f"updates/{name}", text)
        self.bucket.put(f"checkpoints/{posted.state}", after.dump())
        key = f"aggregates/{posted.window}-{posted.hotkey}"
        self.bucket.put(key, posted.model_dump_json().encode())
