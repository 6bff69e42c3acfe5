"""What the Subtensor runtime lends to development operations.

Owns how money, stake and neurons are made of nothing so that every counter of the runtime still
adds up. Does not own sealing it, nor who may ask (`node.dev`, `rpc`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from taokit.chain_client.metadata import Metadata
from taokit.local_chain.emission import TOTAL_SUPPLY
from taokit.local_chain.errors import LocalChainError
from taokit.local_chain.frame.errors import DispatchError, ModuleError
from taokit.local_chain.frame.extrinsic import MultiAddress, MultiSignature, with_length
from taokit.local_chain.frame.origin import ROOT as ROOT_ORIGIN
from taokit.local_chain.frame.types import Phase
from taokit.local_chain.node.dev.powers import Halving, Registered
from taokit.local_chain.node.runtime_protocol import Changes
from taokit.local_chain.pallets.subtensor import custody, ownership, root_claims, shares, uids
from taokit.local_chain.pallets.subtensor.block_emission import emission_for_issuance
from taokit.local_chain.pallets.subtensor.constants import ROOT
from taokit.local_chain.switches import MOCK_SIGNATURE
from taokit.local_chain.typed_storage import raw_changes

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

__all__ = ["DevPowers"]

SIGNED_V4 = 0x84


class DevPowers:
    """`node.dev.powers.Powers` of a Subtensor runtime over its unsealed state."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._sub = runtime.subtensor
        self.switches = runtime.switches

    # -- money -----------------------------------------------------------------------------

    def fund(self, account: bytes, rao: int) -> None:
        with self._whole("cannot fund that account"):
            self._runtime.balances.mint(account, rao)

    def set_balance(self, account: bytes, rao: int) -> None:
        who = MultiAddress.Id(account)
        with self._whole("cannot set that balance"):
            self._runtime.balances.force_set_balance(ROOT_ORIGIN, who, rao)

    # -- stake -----------------------------------------------------------------------------

    def grant(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
        if netuid == ROOT:
            raise LocalChainError("subnet 0 has no alpha", hint="on subnet 0 stake TAO")
        self._check_staker(hotkey, netuid)
        self._add(hotkey, coldkey, netuid, amount)

    def set_stake(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
        self._check_staker(hotkey, netuid)
        with self._whole("cannot set that stake"):
            for _ in range(3):  # what a share is worth is rounded
                held = shares.stake_of_pair(self._sub, hotkey, coldkey, netuid)
                if held < amount:
                    self._add(hotkey, coldkey, netuid, amount - held)
                elif held > amount:
                    self._take(hotkey, coldkey, netuid, held - amount)
                else:
                    break

    def _check_staker(self, hotkey: bytes, netuid: int) -> None:
        if not self._sub.networks_added.get(netuid):
            raise LocalChainError(f"subnet {netuid} has no alpha", hint="there is no such subnet")
        if not self._sub.owner.contains(hotkey):
            raise LocalChainError("nobody owns that hotkey", hint="register it first")

    def _add(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
        sub = self._sub
        if netuid == ROOT:
            self._runtime.balances.mint(custody.account_of_netuid(ROOT), amount)
            self._count_root(amount)
        else:
            custody.mint_alpha_out(sub, netuid, amount)
        shares.increase_stake(sub, hotkey, coldkey, netuid, amount)
        if netuid == ROOT:
            root_claims.adjust_for_added_stake(sub, hotkey, coldkey, amount)
            root_claims.add_coldkey_to_index(sub, coldkey)

    def _take(self, hotkey: bytes, coldkey: bytes, netuid: int, amount: int) -> None:
        sub, balances = self._sub, self._runtime.balances
        shares.decrease_stake(sub, hotkey, coldkey, netuid, amount)
        if netuid != ROOT:
            custody.recycle_alpha(sub, netuid, amount)
            return
        balances.withdraw(custody.account_of_netuid(ROOT), amount, keep_alive=False)
        balances.forget(amount)
        self._count_root(-amount)
        root_claims.adjust_for_removed_stake(sub, hotkey, coldkey, amount)
        if not root_claims.has_root_stake(sub, coldkey):
            root_claims.remove_coldkey_from_index(sub, coldkey)

    def _count_root(self, tao: int) -> None:
        sub = self._sub
        for counter in (sub.subnet_tao, sub.subnet_alpha_out):
            counter.insert(ROOT, max(counter.get(ROOT) + tao, 0))
        sub.total_stake.put(max(sub.total_stake.get() + tao, 0))

    # -- neurons ---------------------------------------------------------------------------

    def register(self, netuid: int, count: int, rao: int) -> list[Registered]:
        if netuid == ROOT or not self._sub.networks_added.get(netuid):
            raise LocalChainError(f"there is no subnet {netuid} to register on")
        with self._whole("cannot register them"):
            number = 0
            made: list[Registered] = []
            while len(made) < count:
                number += 1
                seated = self._seat(netuid, number, rao)
                made += [seated] if seated else []
            return made

    def _seat(self, netuid: int, number: int, rao: int) -> Registered | None:
        """A neuron of the keys of this number; None if they are in use already."""
        from taokit.wallet.keypair import Keypair

        sub = self._sub
        uri = f"//neuron//{netuid}//{number}"
        cold, hot = Keypair.from_uri(uri), Keypair.from_uri(f"{uri}//hotkey")
        coldkey, hotkey = cold.public_key, hot.public_key
        if uids.is_registered(sub, netuid, hotkey):
            return None
        if rao:
            self._runtime.balances.mint(coldkey, rao)
        ownership.create_if_new(sub, coldkey, hotkey)
        uids.ensure_capacity(sub, netuid)
        uid = uids.register_neuron(sub, netuid, hotkey)
        sub.deposit(sub.Event.NeuronRegistered(netuid, uid, hotkey))
        return Registered(uid, hot.ss58_address, cold.ss58_address, f"{uri}//hotkey", uri)

    # -- anything --------------------------------------------------------------------------

    @cached_property
    def _metadata(self) -> Metadata:
        encoded = self._runtime.metadata(15)
        assert encoded is not None
        return Metadata.decode(encoded)

    def typed_changes(self, values: Mapping[str, Any]) -> Changes:
        return raw_changes(self._metadata, values, self._runtime.overlay.keys)

    def unsigned(self, account: bytes, call: bytes) -> bytes:
        from taokit.chain_client.scale import codec
        from taokit.local_chain.extensions import EXTENSIONS, CheckNonce

        body = bytearray([SIGNED_V4])
        codec(MultiAddress).write(MultiAddress.Id(account), body)
        codec(MultiSignature).write(MultiSignature.Sr25519(MOCK_SIGNATURE), body)
        nonce = self._runtime.system.account.get(account).nonce
        for extension in EXTENSIONS:
            told = nonce if isinstance(extension, CheckNonce) else extension.extra_codec.default()
            extension.extra_codec.write(told, body)
        return with_length(bytes(body) + call)

    def outcome(self, block: int, index: int) -> str | None:
        for record in self._runtime.at(block).system.events.get():
            phase = record.phase
            if not isinstance(phase, Phase.ApplyExtrinsic) or phase.value != index:
                continue
            if (record.event.spec.pallet_name, record.event.spec.name) == (
                "System",
                "ExtrinsicFailed",
            ):
                return self._named(record.event.dispatch_error)
        return None

    def _named(self, error: DispatchError) -> str:
        if not isinstance(error, ModuleError):
            return error.name
        pallet = self._runtime.pallets[error.pallet_index]
        for name, declared in pallet.Error.declared.items():
            if declared.error_index == error.error_index:
                return f"{pallet.name}.{name}"
        return f"{pallet.name}.{error.error_index}"

    def halve(self) -> Halving:
        issuance = self._sub.total_issuance
        before = issuance.get()
        emission = emission_for_issuance(before)
        if not emission:
            raise LocalChainError("nothing is emitted any more")
        low, high = before, TOTAL_SUPPLY
        while high - low > 1:
            middle = (low + high) // 2
            if emission_for_issuance(middle) == emission:
                low = middle
            else:
                high = middle
        issuance.put(high)
        return Halving(before, high, emission, emission_for_issuance(high))

    @contextmanager
    def _whole(self, what: str) -> Iterator[None]:
        try:
            with self._runtime.transaction():
                yield
        except DispatchError as refused:
            raise LocalChainError(f"{what}: {refused.name}") from refused
