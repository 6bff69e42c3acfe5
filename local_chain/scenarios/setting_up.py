"""Bringing about what a scenario begins with, on a new chain, in one block.

Owns the way from the plan to the state: the runtime's own steps where there are some, without the
waiting and the fees between them. Does not own what happens then (`play`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from taokit.chain_client.errors import EncodeError
from taokit.local_chain.arithmetic.fixed import I96F32
from taokit.local_chain.dev_powers import DevPowers
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import ROOT as ROOT_ORIGIN
from taokit.local_chain.frame.origin import Origin
from taokit.local_chain.pallets.subtensor import custody, networks, ownership, uids
from taokit.local_chain.scenarios.cast import Cast, Stage, account_key
from taokit.local_chain.scenarios.errors import ScenarioError, unknown
from taokit.local_chain.scenarios.record import KEY, Record
from taokit.local_chain.scenarios.signing import call_of
from taokit.wallet.devkeys import dev_key

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = ["hyperparameter_call", "set_up"]


RAO = 1_000_000_000
PURSE = 100 * RAO
"""What every coldkey holds: little, since all that is issued brings the next halving nearer."""

FARE = 2_000 * RAO
"""What those hold who are to register later."""

EASED = {"weights_set_rate_limit": 0, "serving_rate_limit": 0, "immunity_period": 0}
"""Hyperparameters that only make a scenario wait."""

SPREAD_FROM = 8
"""From so many subnets on their epochs are spread over the tempo: a block takes few of them."""


def set_up(chain: NodeChain, cast: Cast) -> Record:
    """Make the subnets and their people on top of what there is, and seal that.

    The record of it is part of that block. Raises `ScenarioError`.
    """
    from taokit.local_chain.runtime import Runtime

    runtime = chain.runtime_at()
    assert isinstance(runtime, Runtime)
    start = chain.head.number + 1
    with runtime.transaction(), _no_limits(runtime):
        _Setup(runtime, cast).all()
        sub = runtime.subtensor
        for stage in cast.stages.values():
            stage.first_epoch = sub.subnet_epoch_index.get(stage.netuid)
        record = Record.of(cast, start)
        runtime.overlay.raw_put(KEY, record.encode())
    chain.seal()
    return record


@contextmanager
def _no_limits(runtime: Runtime) -> Iterator[None]:
    before, runtime.switches.rate_limits_ignored = runtime.switches.rate_limits_ignored, True
    try:
        yield
    finally:
        runtime.switches.rate_limits_ignored = before


class _Setup:
    def __init__(self, runtime: Runtime, cast: Cast) -> None:
        self.runtime = runtime
        self.sub = runtime.subtensor
        self.cast = cast
        self.powers = DevPowers(runtime)

    def all(self) -> None:
        balances, root = self.runtime.balances, self.runtime.sudo.key
        issued, counted = balances.total_issuance.get(), self.sub.total_issuance.get()
        for account in self.cast.scenario.accounts:
            balances.mint(account_key(account.name).public_key, _rao(account.tao))
        if root.get() != dev_key("Alice").public_key:
            root.put(dev_key("Alice").public_key)  # she signs what root does
        self.make_room()
        self.runtime.dispatch(
            call_of("AdminUtils", "sudo_set_admin_freeze_window", window=0), ROOT_ORIGIN
        )
        for at, stage in enumerate(self.cast.stages.values()):
            path = f"subnets.{stage.name}"
            try:
                if stage.plan.netuid:
                    self.existing(stage, f"{path}.netuid")
                else:
                    self.subnet(stage)
                self.hyperparameters(stage, f"{path}.hyperparameters")
                if not stage.plan.netuid:
                    self.schedule(stage, at)
                self.people(stage)
                self.pool(stage)
            except DispatchError as refused:
                raise ScenarioError(f"refused: {refused.name}", path=path) from refused
        # What was registered is in it already: it is counted by what balances came to.
        self.sub.total_issuance.put(counted + balances.total_issuance.get() - issued)

    def make_room(self) -> None:
        """Let no subnet of the chain be pruned for one of the scenario."""
        there = sum(added for netuid, added in self.sub.networks_added.items() if netuid)
        wanted = there + sum(not stage.plan.netuid for stage in self.cast.stages.values())
        if self.sub.subnet_limit.get() < wanted:
            self.sub.subnet_limit.put(wanted)

    def existing(self, stage: Stage, path: str) -> None:
        """A subnet of the chain, with the tempo that it has."""
        netuid = stage.plan.netuid
        if not self.sub.networks_added.get(netuid):
            there = ", ".join(str(one) for one in self.sub.networks_added.keys() if one)
            raise ScenarioError(
                f"the chain has no subnet {netuid}", path=path, hint=f"there are {there}"
            )
        stage.netuid = netuid
        stage.plan = replace(stage.plan, tempo=self.sub.tempo.get(netuid))

    def subnet(self, stage: Stage) -> None:
        sub, owner = self.sub, stage.seats[0]
        coldkey = owner.coldkey.public_key
        last_cost, cost = sub.network_last_lock_cost.get(), networks.lock_cost(sub)
        self.runtime.balances.mint(coldkey, cost + PURSE)
        stage.netuid = networks.next_netuid(sub)
        call = call_of("SubtensorModule", "register_network", hotkey=owner.hotkey.public_key)
        self.runtime.dispatch(call, Origin.signed(coldkey))
        sub.network_last_lock_cost.put(last_cost)  # else each costs twice the one before
        netuid, block = stage.netuid, self.runtime.system.block_number()
        sub.first_emission_block_number.insert(netuid, block + 1)
        sub.subtoken_enabled.insert(netuid, True)
        sub.subnet_emission_enabled.insert(netuid, stage.plan.emission)
        sub.max_allowed_uids.insert(netuid, stage.plan.max_uids)
        sub.commit_reveal_weights_enabled.insert(netuid, stage.plan.commit_reveal)

    def hyperparameters(self, stage: Stage, path: str) -> None:
        eased = {} if self.cast.scenario.limits or stage.plan.netuid else EASED
        given = {**eased, **stage.plan.hyperparameters}
        for name, value in given.items():
            set_hyperparameter = hyperparameter_call(stage.netuid, name, value, f"{path}.{name}")
            try:
                self.runtime.dispatch(set_hyperparameter, ROOT_ORIGIN)
            except DispatchError as refused:
                raise ScenarioError(f"refused: {refused.name}", path=f"{path}.{name}") from refused

    def schedule(self, stage: Stage, at: int) -> None:
        sub, netuid, tempo = self.sub, stage.netuid, stage.plan.tempo
        block = self.runtime.system.block_number()
        sub.tempo.insert(netuid, tempo)
        sub.last_epoch_block.insert(netuid, block)
        if len(self.cast.stages) >= SPREAD_FROM:
            sub.pending_epoch_at.insert(netuid, block + 2 + at * tempo // len(self.cast.stages))

    def people(self, stage: Stage) -> None:
        sub, netuid = self.sub, stage.netuid
        stakes = {group.name: _rao(group.stake) for group in stage.plan.validators}
        for seat in stage.seats:
            if seat.role == "owner":
                continue
            coldkey, hotkey = seat.coldkey.public_key, seat.hotkey.public_key
            newcomer = seat.role == "newcomer"
            self.runtime.balances.mint(coldkey, FARE if newcomer else PURSE)
            if newcomer:
                continue
            ownership.create_if_new(sub, coldkey, hotkey)
            uid = sub.uids.get((netuid, hotkey))
            if uid is None:
                uid = uids.register_neuron(sub, netuid, hotkey)
            if seat.role == "validator":
                permits = list(sub.validator_permit.get(netuid))
                permits[uid] = True
                sub.validator_permit.insert(netuid, permits)
                if stakes[seat.group]:
                    self.powers.grant(hotkey, coldkey, netuid, stakes[seat.group])

    def pool(self, stage: Stage) -> None:
        sub, netuid, plan = self.sub, stage.netuid, stage.plan
        tao, alpha = sub.subnet_tao.get(netuid), sub.subnet_alpha_in.get(netuid)
        if not plan.tao and not plan.price:
            return
        price = plan.price or tao / alpha
        wanted = _rao(plan.tao) or tao
        if wanted < tao:
            raise ScenarioError(
                f"registering the subnet alone brought {tao / RAO:g}",
                path=f"subnets.{stage.name}.tao",
            )
        self.runtime.balances.mint(custody.account_of_netuid(netuid), wanted - tao)
        sub.total_stake.put(sub.total_stake.get() + wanted - tao)
        sub.subnet_tao.insert(netuid, wanted)
        sub.subnet_alpha_in.insert(netuid, round(wanted / price))
        sub.subnet_moving_price.insert(netuid, I96F32.ratio(round(price * RAO), RAO))


def hyperparameter_call(netuid: int, name: str, value: object, path: str) -> Call:
    """What sets a hyperparameter, as root. Raises `ScenarioError` for one that there is not."""
    known = {
        spec.name.removeprefix("sudo_").removeprefix("set_"): (pallet.name, spec)
        for pallet in RuntimeCallCodec.shared.pallets.values()
        for spec in pallet.calls.values()
        if spec.name.startswith("sudo_set_") or spec.name == "set_activity_cutoff_factor"
        if len(spec.fields) == 2 and spec.fields[0][0] == "netuid"
    }
    if name not in known:
        raise unknown("hyperparameter", name, known, path)
    pallet_name, spec = known[name]
    call = call_of(pallet_name, spec.name, **{"netuid": netuid, spec.fields[1][0]: value})
    try:
        RuntimeCallCodec.shared.encode(call)
    except EncodeError as wrong:
        raise ScenarioError(f"{value!r} is no value for it: {wrong.message}", path=path) from wrong
    return call


def _rao(amount: float) -> int:
    return round(amount * RAO)
