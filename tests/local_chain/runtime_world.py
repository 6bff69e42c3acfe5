"""Small worlds told as data: steps that make subnets, call, let blocks pass, and expect numbers.

A scenario of tests/data/vectors is `{"source": ..., "steps": [[word, ...], ...]}`; each word is a
method of `World` and the rest its arguments. The world begins without any network, as the runtime's
own tests do, in block 1. `runtime_readings` tells what arguments stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chain_under_test import Chain
from economy import add_neuron, add_subnet, give_stake, key
from runtime_readings import Readings

from taokit.chain_client import timelock
from taokit.chain_client.errors import EncodeError
from taokit.local_chain import yuma
from taokit.local_chain.arithmetic import fixed as formats
from taokit.local_chain.chain_spec import localnet
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.origin import NONE, ROOT, Origin
from taokit.local_chain.pallets.subtensor import (
    children,
    coinbase,
    custody,
    distribution,
    epoch,
    mechanisms,
    timelocked_weights,
    uids,
    voting_power,
)
from taokit.local_chain.runtime import Runtime

DEPOSIT = 1_000
"""Rao that keep a subnet's account alive: the runtime's tests have no existential deposit."""


class BareChain(Chain):
    """A chain with the main network's constants on which there is no network yet."""

    def __init__(self) -> None:
        self.runtime = Runtime.new(localnet("mainnet"))
        for pallet in self.runtime.pallets.values():
            if pallet is not self.runtime.subtensor:
                pallet.build_genesis()
        self.runtime.overlay.commit_block()
        self.number = 0


class World(Readings):
    """A bare chain under the words of a scenario."""

    def __init__(self) -> None:
        self.chain = BareChain()
        self.chain.begin_block()
        self.sub = self.chain.runtime.subtensor
        self.sub.tao_weight.put(0)
        self.sub.subnet_owner_cut.put(0)
        self.noted: dict[str, int] = {}
        self.latest: dict[str, Any] = {}

    def play(self, steps: list[list[Any]]) -> None:
        """Do the steps in order; the first that goes wrong is told."""
        for number, (word, *args) in enumerate(steps):
            step: Callable[..., None] = getattr(self, word)
            try:
                step(*args)
            except (AssertionError, DispatchError) as reason:
                raise AssertionError(f"step {number}, {word} {args}: {reason}") from reason

    # -- what there is ---------------------------------------------------------------------

    def subnet(
        self,
        netuid: int,
        tempo: int = 360,
        tao: int = 0,
        alpha: int = 0,
        dynamic: bool = False,
        owner: list[str] | None = None,
    ) -> None:
        """A started subnet, with its owner's [hotkey, coldkey] as its first neuron if given."""
        add_subnet(self.chain, netuid, tempo=tempo, dynamic=dynamic)
        self.chain.runtime.balances.mint(custody.account_of_netuid(netuid), tao + DEPOSIT)
        sub = self.sub
        sub.subnet_tao.insert(netuid, tao)
        sub.subnet_alpha_in.insert(netuid, alpha)
        sub.min_allowed_weights.insert(netuid, 1)
        sub.bonds_moving_average.insert(netuid, 900_000)
        if owner is not None:
            hotkey, coldkey = map(self.read, owner)
            sub.subnet_owner.insert(netuid, coldkey)
            sub.subnet_owner_hotkey.insert(netuid, hotkey)
            add_neuron(self.chain, netuid, hotkey, coldkey)

    def neuron(self, netuid: int, hotkey: str, coldkey: str) -> None:
        """A hotkey of a coldkey on the next uid."""
        add_neuron(self.chain, netuid, self.read(hotkey), self.read(coldkey))

    def crowd(self, netuid: int, count: int) -> None:
        """The hotkeys 1 to `count`, each its own coldkey's and with a permit, on a new subnet."""
        sub = self.sub
        for uid in range(count):
            who = key(uid + 1)
            sub.keys.insert((netuid, uid), who)
            sub.uids.insert((netuid, who), uid)
            sub.owner.insert(who, who)
        sub.subnetwork_n.insert(netuid, count)
        sub.validator_permit.insert(netuid, [True] * count)
        sub.last_update.insert(netuid, [0] * count)

    def stake(self, hotkey: str, coldkey: str, netuid: int, amount: int) -> None:
        """Stake that comes from nowhere."""
        give_stake(self.chain, self.read(hotkey), self.read(coldkey), netuid, amount)

    def fund(self, coldkey: str, amount: int) -> None:
        """TAO that comes from nowhere."""
        self.chain.runtime.balances.mint(self.read(coldkey), amount)

    def parent(self, netuid: int, hotkey: str, links: list[list[Any]]) -> None:
        """Make hotkeys the children of another at once: [proportion, child]."""
        waiting = (self.read([links])[0], 0)
        self.sub.pending_child_keys.insert((netuid, self.read(hotkey)), ([*waiting[0]], 0))
        children.apply_pending(self.sub, netuid)

    def set(self, item: str, where: Any, value: Any) -> None:
        """Store a value in a map of storage."""
        self._item(item).insert(self.read_key(where), self.read(value))

    def put(self, item: str, value: Any) -> None:
        """Store a single value."""
        self._item(item).put(self.read(value))

    def drop(self, item: str, where: Any) -> None:
        """Take a key out of a map of storage."""
        self._item(item).remove(self.read_key(where))

    def at(self, block: int) -> None:
        """Let the open block have another number."""
        self.chain.number = block
        self.chain.runtime.system.number.put(block)

    # -- what happens ----------------------------------------------------------------------

    def blocks(self, count: int) -> None:
        """Seal the open block and as many more, and open the next."""
        for _ in range(count):
            self.chain.end_block()
            self.chain.begin_block()

    def epochs(self, netuid: int, count: int) -> None:
        """Let blocks pass until so many epochs of a subnet have."""
        index = self.sub.subnet_epoch_index
        goal = index.get(netuid) + count
        while index.get(netuid) < goal:
            self.blocks(1)

    def call(self, who: str, name: str, args: dict[str, Any], pallet: str = "") -> None:
        """Dispatch a call, signed by an account, "root" or "nobody"."""
        self.chain.runtime.dispatch(self._call(pallet, name, args), self._origin(who))

    def refuse(
        self,
        who: str,
        name: str,
        args: dict[str, Any],
        error: str,
        guarded: str = "",
        pallet: str = "",
    ) -> None:
        """A call fails: by itself, as the runtime's tests make it, and dispatched behind guards.

        The guards' error is given where it is another.
        """
        made, origin = self._call(pallet, name, args), self._origin(who)
        runtime = self.chain.runtime
        found = []
        for attempt in (
            lambda: getattr(runtime.pallets[made.pallet.index], name)(origin, *made.args),
            lambda: runtime.dispatch(made, origin),
        ):
            try:
                with runtime.transaction():
                    attempt()
                found.append("nothing")
            except DispatchError as reason:
                found.append(reason.name)
        assert found == [error, guarded or error], found

    def forbid(self, who: str, name: str, args: dict[str, Any], error: str) -> None:
        """A call that the guards, or the call behind them, refuse."""
        made = self._call("", name, args)
        try:
            self.chain.runtime.dispatch(made, self._origin(who))
        except DispatchError as reason:
            assert reason.name == error, reason.name
            return
        raise AssertionError("it was dispatched")

    def undecodable(self, name: str, args: dict[str, Any]) -> None:
        """A call whose arguments do not fit their types."""
        made = self._call("", name, args)
        try:
            made.spec.codec.encode(made.args)
        except EncodeError:
            return
        raise AssertionError("it fits")

    def run_coinbase(self, amount: int) -> None:
        """Mint so much TAO and run the coinbase with it."""
        netuids = [netuid for netuid in self.sub.networks_added.keys() if netuid]
        coinbase.run_coinbase(self.sub, custody.mint_tao(self.sub, amount), netuids)

    def emit(self, netuid: int, amount: int, root_sells: bool) -> None:
        """Emit a block's TAO and alpha to one subnet."""
        raw = formats.U96F32.from_int(amount)
        credit = custody.mint_tao(self.sub, amount)
        coinbase.emit_to_subnets(self.sub, [netuid], [raw], credit, root_sells)

    def drain(self, netuids: list[int]) -> None:
        """Advance the schedules of subnets in the open block; see "drained"."""
        block = self.chain.runtime.system.block_number()
        self.latest["drained"] = coinbase.drain_pending(self.sub, netuids, block)

    def distribute(
        self, netuid: int, server: int, validator: int, root: int = 0, cut: int = 0
    ) -> None:
        """Run a subnet's epoch and pay out so much."""
        distribution.distribute_emission(self.sub, netuid, server, validator, root, cut)

    def run_epoch(self, netuid: int, emission: int) -> None:
        """Run a subnet's epoch and store its results; see "earned"."""
        self.latest["earned"] = epoch.run_epoch(self.sub, netuid, emission)

    def explain_epoch(self, netuid: int, mechanism: int, emission: int) -> None:
        """Compute one mechanism's epoch, storing nothing; see "stage" and "result"."""
        index = mechanisms.storage_index(netuid, mechanism)
        hotkeys = uids.hotkeys(self.sub, netuid)
        stake = epoch.stake_of_uids(self.sub, netuid, hotkeys)
        data = epoch.epoch_input(self.sub, index, hotkeys, stake, emission)
        self.latest["result"] = yuma.epoch_mechanism(data, explain=True)

    def vote(self, netuid: int, neurons: list[list[Any]], count: int = 1) -> None:
        """Average (hotkey, permit, stake) of an epoch into voting power, `count` times."""
        for _ in range(count):
            voting_power.update(self.sub, netuid, self.read([neurons])[0])

    def reveal(self, *netuids: int) -> None:
        """Run the block's step that reveals timelocked weights on subnets, nobody's opening."""
        drand = self.chain.runtime.drand
        timelocked_weights.reveal_due(self.sub, netuids, drand.signature_of, timelock.open_sealed)

    def replace(self, netuid: int, uid: int, hotkey: str) -> None:
        """Give a uid to another hotkey."""
        block = self.chain.runtime.system.block_number()
        uids.replace_neuron(self.sub, netuid, uid, self.read(hotkey), block)

    def clear_neuron(self, netuid: int, uid: int) -> None:
        """Forget what epochs wrote of a uid and the weights on it."""
        uids.clear_neuron(self.sub, netuid, uid)

    # -- what is expected ------------------------------------------------------------------

    def note(self, name: str, what: list[Any]) -> None:
        """Remember what is there under a name, for a later `expect`."""
        self.noted[name] = self._found(what)

    def expect(self, what: list[Any], wanted: Any, tolerance: int = 0) -> None:
        """A value of storage (item, key) or a reading: equal, within a tolerance, or compared.

        `{"above": x}`, `{"below": x}`, `{"more": [name, x]}` compare with numbers and with what
        was noted under a name.
        """
        found = _plain(self._found(what))
        if isinstance(wanted, dict) and next(iter(wanted)) in ("above", "below", "more"):
            ((kind, other),) = wanted.items()
            if kind == "more":
                assert abs(found - self.noted[other[0]] - other[1]) <= tolerance, found
                return
            limit = self.noted[other] if isinstance(other, str) else other
            assert found > limit if kind == "above" else found < limit, (found, limit)
            return
        target = _plain(self.read(wanted))
        if tolerance:
            pairs = (
                zip(found, target, strict=True) if isinstance(found, list) else [(found, target)]
            )
            assert all(abs(left - right) <= tolerance for left, right in pairs), found
        else:
            assert found == target, found

    def _read_event_names(self) -> list[str]:
        told = self.chain.runtime.events
        return [f"{event.spec.pallet_name}.{event.spec.name}" for event in told]

    def _read_dispatch_info(self, name: str, args: dict[str, Any]) -> list[Any]:
        made = self._call("", name, args)
        return [made.dispatch_class.name, made.pays]

    def _call(self, pallet: str, name: str, args: dict[str, Any]) -> Call:
        wanted = pallet or "SubtensorModule"
        found = next(p for p in self.chain.runtime.pallets.values() if p.name == wanted)
        spec = next(spec for spec in found.calls.values() if spec.name == name)
        values = tuple(self.read(args[field]) for field, _ in spec.fields)
        return Call(type(found), spec, values)

    def _origin(self, who: str) -> Origin:
        if who in ("root", "nobody"):
            return ROOT if who == "root" else NONE
        return Origin.signed(self.read(who))


def _plain(value: Any) -> Any:
    """Lists for tuples, so that what is stored compares with JSON."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value


__all__ = ["BareChain", "World"]
