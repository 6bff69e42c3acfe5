"""What holds of TAO at every moment between two extrinsics.

* Free and reserved balances add up to `Balances.TotalIssuance`; nothing is inactive.
* What is reserved is held, or is the deposit of a proxy, an announcement or a multisig operation.
* SubtensorModule's own `TotalIssuance` follows: it was set equal at the start, the coinbase mints
  and recycles in both (coinbase/tao.rs), and it misses only what Balances loses by itself: the
  dust of plain transfers, and what its own `burn` destroys. So the difference is at most those,
  and at least the burned part (dust of staking's transfers is taken off both).
* A subnet's account holds the TAO of its reserve (`SubnetTAO`) and what it has beside it: fees of
  registrations and what a purchase's limit left over. That never falls while the subnet lives. An
  account that fell below the existential deposit is gone with its dust, so a reserve below it may
  be uncovered.
* `TotalStake` is at least the sum of the reserves, and the excess only grows: a purchase adds the
  TAO offered, its fee and unused part included, and a sale takes off what was paid out
  (staking/stake_utils.rs, `swap_tao_for_alpha`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from random_world import World

from taokit.local_chain.pallets.balances import EXISTENTIAL_DEPOSIT
from taokit.local_chain.pallets.subtensor import custody


class Alpha(NamedTuple):
    """Alpha of a subnet that is out for no holder, what root stakers are owed, the last epoch's
    block, and what the runtime is known to have promised twice."""

    rest: int
    owed: int
    epoch: int
    overpaid: int


class Money:
    """The running account of one history, from its events.

    What Balances lost by itself, by how much the total of stakes exceeds the reserves, which
    keys were swapped for others, what alpha was burned under a netuid before its subnet, and what
    epochs may have paid twice (`stake_checks`).
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.gap = _gap(world)
        self.dust = self.burned = 0
        self.departed: set[bytes] = set()
        self.excess = _excess(world)
        self.beside: dict[tuple[int, int], int] = {}
        self.burned_before = self._burned_alpha()
        self.overpaid: dict[int, int] = defaultdict(int)
        self.alpha: dict[tuple[int, int], Alpha] = {}
        self.seen = 0

    def _burned_alpha(self) -> dict[int, int]:
        return dict(self.world.runtime.alpha_assets.alpha_burned.items())

    def note_events(self) -> None:
        """Take in what the open block reported since the last look."""
        events = self.world.runtime.events
        for event in events[self.seen :]:
            if event.spec.pallet_name == "Balances":
                if event.spec.name == "DustLost":
                    self.dust += event.values[1]
                elif event.spec.name == "Burned":
                    self.burned += event.values[1]
            elif event.spec.name == "NetworkAdded":
                netuid = event.values[0]
                self.burned_before[netuid] = self._burned_alpha().get(netuid, 0)
                self.overpaid[netuid] = 0
            elif event.spec.name == "ColdkeySwapped":
                self.departed.add(event.values[0])
                for (netuid, _, coldkey), claimed in self.world.sub.root_claimed.items():
                    if coldkey == event.values[0]:
                        self.overpaid[netuid] += claimed
            elif event.spec.name == "HotkeySwapped":
                self.departed.add(event.values[1])
        self.seen = len(events)

    def begin_block(self) -> None:
        """Open the world's next block; its events begin anew."""
        recycled = self.world.runtime.alpha_assets.alpha_recycled
        before = dict(recycled.items())
        self.world.begin_block()
        self.seen = 0
        if self.world.sub.ck_burn.get():
            for netuid, amount in recycled.items():
                self.overpaid[netuid] += amount - before.get(netuid, 0)

    def check(self) -> None:
        """Raise AssertionError where TAO appeared or went."""
        world = self.world
        balances = world.runtime.balances
        self.note_events()
        accounts = world.runtime.system.account.items()
        total = sum(info.data.free + info.data.reserved for _, info in accounts)
        assert total == balances.total_issuance.get(), "balances do not add up to the issuance"
        assert balances.inactive_issuance.get() == 0
        for who, info in accounts:
            data = info.data
            assert data.free >= EXISTENTIAL_DEPOSIT or data.free == 0 or data.reserved, who.hex()
            assert data.reserved == _accounted(world, who), f"reserved of {who.hex()}"
        lost = self.gap - _gap(world)
        assert self.burned <= lost <= self.burned + self.dust, (lost, self.burned, self.dust)
        excess = _excess(world)
        assert excess >= self.excess, f"TotalStake lost {self.excess - excess}"
        self.excess = excess
        self._check_reserves()

    def _check_reserves(self) -> None:
        balances, sub = self.world.runtime.balances, self.world.sub
        beside = {}
        for netuid, reserve in sub.subnet_tao.items():
            held = balances.free(custody.account_of_netuid(netuid))
            if held == 0 and reserve < EXISTENTIAL_DEPOSIT:
                continue
            key = (netuid, sub.registered_subnet_counter.get(netuid))
            beside[key] = held - reserve
            before = self.beside.get(key, 0)
            assert held - reserve >= before, f"subnet {netuid} holds {held} of {reserve + before}"
        self.beside = beside


def _gap(world: World) -> int:
    """Balances' issuance less SubtensorModule's."""
    balances: int = world.runtime.balances.total_issuance.get()
    return balances - world.sub.total_issuance.get()


def _excess(world: World) -> int:
    reserves: int = sum(world.sub.subnet_tao.values())
    return world.sub.total_stake.get() - reserves


def _accounted(world: World, who: bytes) -> int:
    runtime = world.runtime
    parts = [hold.amount for hold in runtime.balances.holds.get(who)]
    parts += [reserve.amount for reserve in runtime.balances.reserves.get(who)]
    parts += [runtime.proxy.proxies.get(who)[1], runtime.proxy.announcements.get(who)[1]]
    parts += [
        operation.deposit
        for operation in runtime.multisig.multisigs.values()
        if operation.depositor == who
    ]
    return sum(parts)
