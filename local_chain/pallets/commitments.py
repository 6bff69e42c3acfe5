"""Commitments: what neurons publish about themselves, some of it sealed until a beacon's round.

Owns who may publish how much, and the revealing of what was sealed. Does not own the cipher
(`chain_client.timelock`) nor the rounds (`pallets.drand`).
Source: Subtensor `pallets/commitments/src/lib.rs`.
"""

from __future__ import annotations

from taokit.chain_client import timelock
from taokit.chain_client.scale import AccountId, BTreeSet, Bytes, Vec, codec, u32, u64
from taokit.chain_client.storage_keys import Identity, Twox64Concat
from taokit.local_chain.frame.call import call
from taokit.local_chain.frame.errors import Errors, error
from taokit.local_chain.frame.event import Events, event
from taokit.local_chain.frame.origin import Origin, ensure_root, ensure_signed
from taokit.local_chain.frame.pallet import Constant, Pallet
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.storage import StorageMap, StorageValue
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.commitment_types import (
    RESET_BONDS,
    TIMELOCKED,
    CommitmentInfo,
    Data,
    Registration,
    UsageTracker,
    kind,
    space,
)
from taokit.local_chain.pallets.subtensor import bonds, uids
from taokit.local_chain.pallets.subtensor.database_use import DatabaseUse
from taokit.local_chain.pallets.subtensor.types import NetUid

MIN_SPACE = 100
"""Bytes that a commitment counts for at least."""

MAX_REVEALS = 10
"""Revealed texts that are kept of an account on a subnet."""

Owner = tuple[NetUid, AccountId]


class Commitments(Pallet, index=18):
    """Commitments by subnet and hotkey."""

    max_fields = Constant[u32]("MaxFields", 3)
    initial_deposit = Constant[u64]("InitialDeposit", 0)
    field_deposit = Constant[u64]("FieldDeposit", 0)

    timelocked_index = StorageValue[BTreeSet[Owner]]("TimelockedIndex")
    commitment_of = StorageMap[Owner, Registration](
        "CommitmentOf", Identity, Twox64Concat, optional=True
    )
    last_commitment = StorageMap[Owner, u32](
        "LastCommitment", Identity, Twox64Concat, optional=True
    )
    last_bonds_reset = StorageMap[Owner, u32](
        "LastBondsReset", Identity, Twox64Concat, optional=True
    )
    revealed_commitments = StorageMap[Owner, Vec[tuple[Bytes, u64]]](
        "RevealedCommitments", Identity, Twox64Concat, optional=True
    )
    used_space_of = StorageMap[Owner, UsageTracker](
        "UsedSpaceOf", Identity, Twox64Concat, optional=True
    )
    max_space = StorageValue[u32]("MaxSpace", default=3_100)

    class Event(Events):
        """What Commitments reports."""

        Commitment = event(0, netuid=NetUid, who=AccountId)
        TimelockCommitment = event(1, netuid=NetUid, who=AccountId, reveal_round=u64)
        CommitmentRevealed = event(2, netuid=NetUid, who=AccountId)

    class Error(Errors):
        """Why Commitments refuses."""

        TooManyFieldsInCommitmentInfo = error(0, "A commitment has too many fields.")
        AccountNotAllowedCommit = error(1, "The account has no uid on the subnet.")
        SpaceLimitExceeded = error(2, "The space of this epoch is used up.")
        UnexpectedUnreserveLeftover = error(3, "Less was reserved than the deposit says.")

    @call(0, weight=weight(33_480_000, reads=5, writes=4), pays=False)
    def set_commitment(self, origin: Origin, netuid: NetUid, info: CommitmentInfo) -> None:
        """Publish fields in place of those published before. Neurons of the subnet only."""
        who = ensure_signed(origin)
        subtensor = self.runtime.subtensor
        allowed = uids.is_registered(subtensor, netuid, who)
        ensure(allowed, self.Error.AccountNotAllowedCommit)
        ensure(len(info.fields) <= self.max_fields, self.Error.TooManyFieldsInCommitmentInfo)
        block, key = self.runtime.system.block_number(), (netuid, who)
        kinds = [kind(field) for field in info.fields]
        if RESET_BONDS in kinds:
            self.last_bonds_reset.insert(key, block)
            bonds.reset(subtensor, netuid, who)
        self._use_space(netuid, who, info)
        deposit = self._take_deposit(key, len(info.fields))
        self.commitment_of.insert(key, Registration(deposit, block, info))
        self.last_commitment.insert(key, block)
        if TIMELOCKED in kinds:
            first = info.fields[kinds.index(TIMELOCKED)]
            self.deposit(self.Event.TimelockCommitment(netuid, who, first.reveal_round))
            self._index(key, timelocked=True)
        else:
            self.deposit(self.Event.Commitment(netuid, who))
            self._index(key, timelocked=False)

    @call(2, weight=weight(2_856_000, writes=1))
    def set_max_space(self, origin: Origin, new_limit: u32) -> None:
        """Set the bytes that an account may use on a subnet in one of its epochs. Root only."""
        ensure_root(origin)
        self.max_space.put(new_limit)

    def on_initialize(self, block: int) -> Weight:
        """Reveal what was sealed until a round that has come."""
        use = DatabaseUse()
        use.add(1)
        for key in self.timelocked_index.get():
            self._reveal(key, block, use)
        return use.weight

    def next_due(self, block: int) -> int | None:
        """The next block, where a round has come that opens something."""
        drand = self.runtime.drand
        come = any(drand.signature_of(number) for number in self.awaited_rounds())
        return block if come else None

    def pass_over(self, block: int) -> None:
        """Reveal, as any block."""
        if self.timelocked_index.get():
            self.on_initialize(block)

    def purge(self, netuid: int) -> None:
        """Forget everything about a subnet."""
        for item in (
            self.commitment_of,
            self.last_commitment,
            self.last_bonds_reset,
            self.revealed_commitments,
            self.used_space_of,
        ):
            item.clear((netuid,))
        kept = [key for key in self.timelocked_index.get() if key[0] != netuid]
        self.timelocked_index.put(kept)

    def encoded(self, netuid: int) -> list[tuple[bytes, list[int]]]:
        """Who published on a subnet, and the bytes of each stored commitment."""
        encode = codec(Registration).encode
        found = self.commitment_of.items((netuid,))
        return [(who, list(encode(registration))) for (_, who), registration in found]

    def awaited_rounds(self) -> set[int]:
        """The rounds that sealed fields wait for."""
        found: set[int] = set()
        for key in self.timelocked_index.get():
            registration = self.commitment_of.get(key)
            fields = registration.info.fields if registration else []
            found.update(field.reveal_round for field in fields if kind(field) == TIMELOCKED)
        return found

    # -- inside ------------------------------------------------------------------------------

    def _use_space(self, netuid: int, who: bytes, info: CommitmentInfo) -> None:
        needed = max(sum(space(field) for field in info.fields), MIN_SPACE)
        epoch = self.runtime.subtensor.subnet_epoch_index.get(netuid)
        usage = self.used_space_of.get((netuid, who))
        used = usage.used_space if usage is not None and usage.last_epoch == epoch else 0
        fits = used + needed <= self.max_space.get() or self.runtime.switches.rate_limits_ignored
        ensure(fits, self.Error.SpaceLimitExceeded)
        self.used_space_of.insert((netuid, who), UsageTracker(epoch, used + needed))

    def _take_deposit(self, key: tuple[int, bytes], fields: int) -> int:
        """Reserve or give back what the deposit changes by; the new deposit (rao)."""
        before = self.commitment_of.get(key)
        old = before.deposit if before is not None else 0
        new = self.initial_deposit + fields * self.field_deposit
        if new > old:
            self.runtime.balances.reserve(key[1], new - old)
        elif new < old:
            left = self.runtime.balances.unreserve(key[1], old - new)
            ensure(not left, self.Error.UnexpectedUnreserveLeftover)
        return new

    def _index(self, key: tuple[int, bytes], *, timelocked: bool) -> None:
        """Note whether a commitment has sealed fields."""
        others = [other for other in self.timelocked_index.get() if other != key]
        self.timelocked_index.put(sorted([*others, key]) if timelocked else others)

    def _reveal(self, key: tuple[int, bytes], block: int, use: DatabaseUse) -> None:
        use.add(1)
        registration = self.commitment_of.get(key)
        fields = registration.info.fields if registration else []
        sealed = sum(1 for field in fields if kind(field) == TIMELOCKED)
        use.add(sealed)
        if not sealed:
            self._index(key, timelocked=False)
            use.add(1, 1)
            return
        kept: list[Data] = []
        texts: list[bytes] = []
        for field in fields:
            ready = kind(field) == TIMELOCKED
            signature = self.runtime.drand.signature_of(field.reveal_round) if ready else None
            if signature is None:
                kept.append(field)
            elif text := timelock.open_sealed(field.encrypted, signature):
                texts.append(text)
        if len(kept) == len(fields):
            return
        if texts:
            self._publish(key, texts, block)
            use.add(1, 1)
        if kept:
            self.commitment_of.insert(key, registration.replace(info=CommitmentInfo(kept)))
        else:
            self.commitment_of.remove(key)
        use.add(0, 1)
        if not any(kind(field) == TIMELOCKED for field in kept):
            self._index(key, timelocked=False)
            use.add(1, 1)

    def _publish(self, key: tuple[int, bytes], texts: list[bytes], block: int) -> None:
        before = self.revealed_commitments.get(key) or []
        for _ in texts:
            self.deposit(self.Event.CommitmentRevealed(*key))
        revealed = [*before, *((text, block) for text in texts)]
        self.revealed_commitments.insert(key, revealed[-MAX_REVEALS:])
