"""How a random operation is made: who signs, by what way, and what is compared afterwards.

Owns the strategies that rules share and `Operations`, which sends an extrinsic and checks what it
left. Does not own the rules (`*_rules`) nor what must hold (`*_checks`).
"""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from calls import made
from hypothesis import strategies as st
from money_checks import Money
from random_world import (
    COLDKEYS,
    DELEGATE,
    HOTKEYS,
    JOINT,
    MODULE,
    SUDO,
    TAO,
    World,
    extrinsic_bytes,
    unsealed,
    wrapped,
)
from state_checks import named, written_since

from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.frame.runtime import ApplyResult
from taokit.local_chain.pallets.subtensor import custody, shares

U64_MAX = 2**64 - 1
SIGNERS = [*COLDKEYS, JOINT]
KEYS = [*HOTKEYS, COLDKEYS[1], custody.account_of_netuid(1)]
OWNER = -1
NOBODY = bytes(32)

_FEE_EVENTS = {"Balances", "TransactionPayment", "System"}
_BLOCK_ITEMS = {"AllExtrinsicsLen:", "BlockWeight:", "ExtrinsicCount:", "EventCount:"}


class Way(NamedTuple):
    """How a call is sent, and how many blocks are sealed after it."""

    kind: str
    blocks: int
    rehearsed: bool = False


ways = st.sampled_from(
    [
        *[Way("plain", 0)] * 6,
        *[Way("plain", 1)] * 4,
        Way("plain", 3),
        Way("plain", 0, rehearsed=True),
        Way("batch", 0),
        Way("batch_all", 1),
        Way("force_batch", 0),
        Way("proxy", 0),
        Way("sudo_as", 1),
    ]
)
signers = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6])
signers_or_owner = st.sampled_from([*[OWNER] * 20, *range(len(SIGNERS))])
hotkeys = st.integers(0, len(KEYS) - 1)
netuids = st.sampled_from([1, 1, 1, 2, 2, 2, 3, 4, 5, 0])
picks = st.integers(0, 719)
"""Which of those that there are; now and then one that is not."""
any_netuids = st.sampled_from([0, 0, 1, 1, 1, 2, 2, 3, 4, 9])
amounts = st.one_of(
    st.sampled_from(["all", "all but 1", "keep alive", "half", "third", "more"]),
    st.sampled_from([0, 1, 499, 500, 501, 1_999_999, 2_000_000, 4_000_001, TAO, U64_MAX]),
    st.integers(1, 60 * TAO),
)
prices = st.one_of(
    st.sampled_from([0, 1, TAO, U64_MAX, U64_MAX, U64_MAX]),
    st.integers(10**8, 3 * 10**9),
    st.integers(0, 10**12),
)
booleans = st.booleans()


def amount_of(wanted: int | str, there: int) -> int:
    """The rao that are meant, of those that are there."""
    parts = {
        "all": there,
        "all but 1": there - 1,
        "keep alive": there - 500,
        "half": there // 2,
        "third": there // 3,
        "more": there + 1,
    }
    amount = parts[wanted] if isinstance(wanted, str) else wanted
    return min(max(amount, 0), U64_MAX)


def _alpha(world: World) -> dict[tuple[int, int], int]:
    """Alpha in the pool, out of it and recycled, by netuid and how often it was given."""
    sub, recycled = world.sub, world.runtime.alpha_assets.alpha_recycled.get
    return {
        (netuid, sub.registered_subnet_counter.get(netuid)): sub.subnet_alpha_in.get(netuid)
        + sub.subnet_alpha_out.get(netuid)
        + recycled(netuid)
        for netuid in sub.networks_added.keys()
        if netuid
    }


class _TakenBack(Exception):
    """Ends a rehearsal."""


class Operations:
    """Sends extrinsics to the world, and holds what must hold after each."""

    world: World
    money: Money

    # -- who and how much ----------------------------------------------------------------

    def has_key(self, who: bytes) -> bool:
        """Whether anybody can sign for an account: not for a lease's, a pallet's, or nobody.

        With `sudo_as` root could take a lease's stake, and its dividends would be paid out of
        nothing: `decrease_stake_for_hotkey_and_coldkey_on_subnet` does nothing where there is too
        little, and subnets/leasing.rs does not ask.
        """
        leases = self.world.sub.subnet_leases.values()
        pallets = who[:4] == b"modl"
        return not pallets and who != NOBODY and all(lease.coldkey != who for lease in leases)

    def position(self, pick: int) -> tuple[bytes, bytes, int]:
        """Hotkey, coldkey and netuid of a stake."""
        there = [key for key in self.world.sub.alpha_v2.keys() if self.has_key(key[1])]
        if pick % 12 == 11 or not there:
            return KEYS[pick % len(KEYS)], SIGNERS[pick % len(SIGNERS)], pick % 5
        return there[pick % len(there)]

    def hotkey(self, pick: int) -> bytes:
        """A hotkey that somebody owns."""
        there = [key for key in self.world.sub.owner.keys() if key != NOBODY]
        return KEYS[pick % len(KEYS)] if pick % 12 == 11 else there[pick % len(there)]

    def netuid(self, pick: int, *, root: bool = False) -> int:
        """A subnet, or root as well."""
        there = [n for n in self.world.sub.networks_added.keys() if n or root]
        return 9 if pick % 16 == 15 or not there else there[pick % len(there)]

    def payer(self, pick: int) -> bytes:
        """An account with TAO to spend."""
        there = [
            who
            for who, info in self.world.runtime.system.account.items()
            if info.data.free > 5 * TAO and who not in (SUDO, DELEGATE) and self.has_key(who)
        ]
        return (
            SIGNERS[pick % len(SIGNERS)] if pick % 8 == 7 or not there else there[pick % len(there)]
        )

    def owner(self, hotkey: bytes) -> bytes:
        """The coldkey of a hotkey, or the first one."""
        owner = self.world.sub.owner
        found = owner.contains(hotkey) and self.has_key(owner.get(hotkey))
        return owner.get(hotkey) if found else COLDKEYS[0]

    def signer(self, number: int, hotkey: bytes) -> bytes:
        """The signer of this number, or the hotkey's owner."""
        return self.owner(hotkey) if number == OWNER else SIGNERS[number]

    def subnet_owner(self, number: int, netuid: int) -> bytes:
        """The signer of this number, or the subnet's owner."""
        owners = self.world.sub.subnet_owner
        return (
            owners.get(netuid) if number == OWNER and owners.contains(netuid) else SIGNERS[number]
        )

    def tao(self, who: bytes, wanted: int | str) -> int:
        """An amount of an account's TAO."""
        return amount_of(wanted, self.world.runtime.balances.free(who))

    def alpha(self, hotkey: bytes, coldkey: bytes, netuid: int, wanted: int | str) -> int:
        """An amount of a stake."""
        return amount_of(wanted, shares.stake_of_pair(self.world.sub, hotkey, coldkey, netuid))

    # -- sending -------------------------------------------------------------------------

    def send(self, way: Way, signer: bytes, pallet: str, name: str, *args: Any) -> ApplyResult:
        """Send a call in some way, check what it left, and seal what blocks are wanted."""
        call = made(pallet, name, *args)
        if way.rehearsed:
            self.rehearse(signer, call)
        result = self.submit(*wrapped(way.kind, signer, call))
        self.seal(way.blocks)
        return result

    def stake_call(self, way: Way, signer: bytes, name: str, *args: Any) -> ApplyResult:
        """Send a call of SubtensorModule."""
        return self.send(way, signer, MODULE, name, *args)

    def root_call(self, way: Way, pallet: str, name: str, *args: Any) -> ApplyResult:
        """Send a call with the sudo key, for root."""
        return self.send(
            way._replace(kind="plain"), SUDO, "Sudo", "sudo", made(pallet, name, *args)
        )

    def rehearse(self, signer: bytes, call: Call) -> None:
        """Dispatch a call in a storage layer and take it back: nothing is left of it."""
        world, runtime = self.world, self.world.runtime
        before, events = unsealed(world.overlay), list(runtime.events)
        with contextlib.suppress(_TakenBack, DispatchError), runtime.transaction():
            runtime.dispatch(call, Origin.signed(signer))
            raise _TakenBack
        assert not written_since(world, before), f"{call.key} left something behind"
        assert runtime.events == events

    def submit(self, signer: bytes, call: Call) -> ApplyResult:
        """Send one extrinsic; raise AssertionError if it left what it may not leave."""
        world, runtime = self.world, self.world.runtime
        before, events = unsealed(world.overlay), len(runtime.events)
        nonce = world.nonce(signer)
        payer = runtime.proxy.fee_payer(call, signer)
        alpha = _alpha(world)
        result = world.apply(extrinsic_bytes(signer, call, nonce))
        if not result.included:
            assert not written_since(world, before), f"{call} was refused and left something"
            assert len(runtime.events) == events
        else:
            assert world.nonce(signer) == nonce + 1 or not runtime.system.exists(signer)
            if result.error is not None:
                self._check_failure(call, {signer, payer}, before, events)
            self._check_alpha(call, alpha, events)
        self.money.check()
        return result

    def _check_failure(
        self, call: Call, payers: set[bytes], before: dict[bytes, bytes | None], events: int
    ) -> None:
        """A failed call leaves the fee and the nonce, in TAO accounts only."""
        runtime = self.world.runtime
        new = runtime.events[events:]
        if any(event.spec.name == "TransactionFeePaidWithAlpha" for event in new):
            return
        pallets = {event.spec.pallet_name for event in new}
        assert pallets <= _FEE_EVENTS, f"{call} failed and reported {pallets}"
        author = runtime.aura.author()
        allowed = {runtime.system.account.raw_key(who) for who in payers | {author}}
        left = {named(self.world, key) for key in written_since(self.world, before) - allowed}
        assert left <= _BLOCK_ITEMS, f"{call} failed and left {left}"

    def _check_alpha(self, call: Call, before: dict[tuple[int, int], int], events: int) -> None:
        """Nothing but an epoch issues alpha; a registration takes what it buys out of it."""
        registered = {
            event.values[0]
            for event in self.world.runtime.events[events:]
            if event.spec.name == "NeuronRegistered"
        }
        after = _alpha(self.world)
        for key in before.keys() & after.keys():
            less = before[key] - after[key]
            assert less == 0 or (key[0] in registered and less > 0), f"{call} lost {less} of {key}"

    # -- blocks --------------------------------------------------------------------------

    def seal(self, blocks: int) -> None:
        """Seal blocks, checking each."""
        raise NotImplementedError
