"""The chain that random operations run on: its accounts, its blocks of extrinsics, their replay.

Extrinsics are applied as bytes, so every call passes its codec, the extensions and the fee. What
`ACCEPTED` signs is taken without the cost of a signature; any other signature is really checked.
"""

from __future__ import annotations

import hashlib
from typing import Any

from calls import made, to
from chain_under_test import SLOT_MS, Chain

from taokit.chain_client.scale import Era, codec
from taokit.local_chain.chain_spec import account
from taokit.local_chain.extensions import EXTENSIONS, MetadataHash, MetadataHashMode
from taokit.local_chain.frame.call import Call, RuntimeCallCodec
from taokit.local_chain.frame.extrinsic import (
    SIGNED_V4,
    Extrinsic,
    MultiAddress,
    MultiSignature,
    with_length,
)
from taokit.local_chain.frame.runtime import ApplyResult
from taokit.local_chain.pallets.multisig import multi_account
from taokit.local_chain.pallets.proxy.types import ProxyType
from taokit.local_chain.pallets.subtensor import custody
from taokit.local_chain.runtime import Runtime
from taokit.local_chain.state.overlay import Overlay

TAO = 10**9
MODULE = "SubtensorModule"
FIRST_BLOCK = 100_050
ACCEPTED = MultiSignature.Sr25519(b"\x5a" * 64)

SUDO = account("//Alice")
DELEGATE = account("//Bob")


def named(name: str) -> bytes:
    """Some account of its own for each name."""
    return hashlib.blake2b(name.encode(), digest_size=32).digest()


FUNDS = (100_000 * TAO, 20_000 * TAO, 3_000 * TAO, 40 * TAO, 3 * TAO, 1_500)
COLDKEYS = [named(f"coldkey {number}") for number in range(len(FUNDS))]
HOTKEYS = [named(f"hotkey {number}") for number in range(10)]
OWNED = 6
"""So many hotkeys belong to somebody from the start, by turns to the first three coldkeys."""
JOINT = multi_account([COLDKEYS[0], COLDKEYS[1]], 1)
"""An account of which either of two coldkeys may dispose."""
SPECIAL = [custody.account_of_netuid(0), custody.account_of_netuid(1), custody.BURN_ADDRESS]
EVERYBODY = [*COLDKEYS, *HOTKEYS, JOINT, *SPECIAL, account("//One"), bytes(32)]

_PARTS = {
    "CheckMortality": Era.immortal(),
    "CheckMetadataHash": MetadataHash(MetadataHashMode.Disabled),
}


def trusting(runtime: Runtime) -> Runtime:
    """The same runtime, which takes `ACCEPTED` for anybody's signature."""
    really = runtime.check_signature

    def check(extrinsic: Extrinsic) -> None:
        if extrinsic.signature != ACCEPTED:
            really(extrinsic)

    runtime.check_signature = check  # type: ignore[method-assign]
    return runtime


def extrinsic_bytes(
    signer: bytes, call: Call, nonce: int, *, tip: int = 0, signature: Any = ACCEPTED
) -> bytes:
    """A signed extrinsic as it travels."""
    parts = {**_PARTS, "CheckNonce": nonce, "ChargeTransactionPayment": tip}
    body = bytes([SIGNED_V4]) + codec(MultiAddress).encode(to(signer))
    body += codec(MultiSignature).encode(signature)
    for extension in EXTENSIONS:
        body += extension.extra_codec.encode(parts.get(extension.identifier, ()))
    body += RuntimeCallCodec.shared.encode(call)
    return with_length(body)


def unsealed(overlay: Overlay) -> dict[bytes, bytes | None]:
    """Every value that the open block has written so far, encoded, by raw key."""
    found: dict[bytes, bytes | None] = {}
    for cell in overlay.dirty:
        for key in cell._dirty:  # type: ignore[attr-defined]
            raw = cell.raw_key(key)  # type: ignore[attr-defined]
            found[raw] = cell.read_raw(raw)
    found.update(overlay._loose)
    return found


class World(Chain):
    """A chain with subnets, neurons and stake, whose blocks are made of extrinsics."""

    def __init__(self) -> None:
        super().__init__("fast")
        trusting(self.runtime)
        self.sub = self.runtime.subtensor
        self.overlay = self.runtime.overlay
        self.body: list[bytes] = []
        self.number = FIRST_BLOCK
        _furnish(self)
        spec, history = self.runtime.chain_spec, self.overlay.history
        self._double = trusting(Runtime(Overlay(history, 0), spec))
        self.base = history.height
        self.base_number = self.number

    def restart(self) -> None:
        """Go back to the furnished chain, and open a block."""
        self.overlay.revert_to(self.base)
        self.number = self.base_number
        self.begin_block()

    # -- blocks --------------------------------------------------------------------------

    def _begin(self, runtime: Runtime, number: int) -> None:
        slot = 1_000_000 + number
        log = b"\x06aura\x20" + slot.to_bytes(8, "little")
        runtime.initialize_block(number, named(f"block {number}"), [log])
        for inherent in runtime.inherents(slot * SLOT_MS["fast"]):
            assert runtime.apply_extrinsic(inherent).included

    def begin_block(self) -> None:
        self.number += 1
        self.body = []
        self._begin(self.runtime, self.number)

    def end_block(self) -> None:
        """Seal the open block."""
        self.runtime.finalize_block()
        self.overlay.commit_block()

    def replayed(self) -> dict[bytes, bytes | None]:
        """What the last block changes, found by executing it again on its parent's state."""
        history, double = self.overlay.history, self._double
        parent = double.overlay.at = history.height - 1
        double.overlay.discard_block()
        double.overlay.dirty.clear()
        for cell in double.overlay._cells.values():
            cell.forget()
        self._begin(double, self.number)
        for extrinsic in self.body:
            assert double.apply_extrinsic(extrinsic).included
        double.finalize_block()
        changes = unsealed(double.overlay)
        return {k: v for k, v in changes.items() if history.get(k, parent) != v}

    # -- extrinsics ----------------------------------------------------------------------

    def nonce(self, who: bytes) -> int:
        """The nonce that an account signs with next."""
        return self.runtime.system.account.get(who).nonce

    def apply(self, extrinsic: bytes) -> ApplyResult:
        """Apply an extrinsic in the open block, and keep it if it is included."""
        result = self.runtime.apply_extrinsic(extrinsic)
        if result.included:
            self.body.append(extrinsic)
        return result


def _furnish(world: World) -> None:
    """Small limits and short tempos, three subnets, two of them started, neurons and stake."""
    runtime, sub = world.runtime, world.sub
    world.begin_block()
    for who, amount in zip([*COLDKEYS, JOINT], [*FUNDS, 5_000 * TAO]):
        runtime.balances.mint(who, amount)
    # Genesis has a subnet whose pool no account holds: make it whole, and way.
    runtime.balances.mint(custody.account_of_netuid(1), sub.subnet_tao.get(1))
    world.call(None, MODULE, "root_dissolve_network", netuid=1)
    sub.total_issuance.put(runtime.balances.total_issuance.get())
    for number, hotkey in enumerate(HOTKEYS[:OWNED]):
        world.call(COLDKEYS[number % 3], MODULE, "try_associate_hotkey", hotkey=hotkey)
    for who in [*COLDKEYS[:4], JOINT]:
        world.call(
            who,
            "Proxy",
            "add_proxy",
            delegate=to(DELEGATE),
            proxy_type=ProxyType.Any,
            delay=0,
        )
    root: list[tuple[str, dict[str, Any]]] = [
        ("sudo_set_admin_freeze_window", {"window": 0}),
        ("sudo_set_owner_hparam_rate_limit", {"epochs": 0}),
        ("sudo_set_subtoken_enabled", {"netuid": 0, "subtoken_enabled": True}),
        ("sudo_set_network_min_lock_cost", {"lock_cost": 50 * TAO}),
        ("sudo_set_network_immunity_period", {"immunity_period": 4}),
        ("sudo_set_subnet_limit", {"max_subnets": 4}),
        ("sudo_set_subnet_moving_alpha", {"alpha": 2**31}),
        ("sudo_set_tx_rate_limit", {"tx_rate_limit": 0}),
        ("sudo_set_tx_delegate_take_rate_limit", {"tx_rate_limit": 0}),
        ("sudo_set_coldkey_swap_announcement_delay", {"duration": 2}),
        ("sudo_set_coldkey_swap_reannouncement_delay", {"duration": 1}),
    ]
    for name, args in root:
        world.call(None, "AdminUtils", name, **args)
    world.call(None, MODULE, "set_pending_childkey_cooldown", cooldown=1)
    sub.network_last_lock_cost.put(50 * TAO)
    for number in range(3):
        owner, hotkey = COLDKEYS[number % 2], HOTKEYS[number % 2]
        world.call(owner, MODULE, "register_network", hotkey=hotkey)
        sub.network_last_lock_cost.put(50 * TAO)
        _furnish_subnet(world, number + 1)
        world.end_block()
        world.begin_block()
    for netuid in (1, 2):
        world.call(sub.subnet_owner.get(netuid), MODULE, "start_call", netuid=netuid)
    for number in (0, 1, 2):
        coldkey, hotkey = COLDKEYS[number], HOTKEYS[number]
        world.call(coldkey, MODULE, "root_register", hotkey=hotkey)
        world.end_block()
        world.begin_block()
        for netuid in (1, 2):
            if not sub.uids.contains((netuid, hotkey)):
                world.call(coldkey, MODULE, "burned_register", netuid=netuid, hotkey=hotkey)
        for netuid in (0, 1, 2):
            world.call(
                coldkey,
                MODULE,
                "add_stake",
                hotkey=hotkey,
                netuid=netuid,
                amount_staked=(30 + 10 * number) * TAO,
            )
        world.call(
            coldkey, MODULE, "lock_stake", hotkey=hotkey, netuid=1, amount=(number + 1) * TAO
        )
    for netuid in (1, 2):
        world.call(
            None, "AdminUtils", "sudo_set_min_allowed_uids", netuid=netuid, min_allowed_uids=2
        )
        world.call(
            None, "AdminUtils", "sudo_set_max_allowed_uids", netuid=netuid, max_allowed_uids=6
        )
    world.call(None, "AdminUtils", "sudo_set_mechanism_count", netuid=2, mechanism_count=2)
    _lease(world)
    for netuid in (1, 2):
        world.call(
            COLDKEYS[0],
            MODULE,
            "transfer_stake",
            destination_coldkey=COLDKEYS[5],
            hotkey=HOTKEYS[0],
            origin_netuid=netuid,
            destination_netuid=netuid,
            alpha_amount=5 * TAO,
        )
    for _ in range(4):
        world.end_block()
        world.begin_block()
    for hotkey in HOTKEYS[:3]:
        world.call(
            hotkey,
            MODULE,
            "set_weights",
            netuid=1,
            dests=[0, 1, 2],
            weights=[1, 2, 3],
            version_key=0,
        )
    for _ in range(8):
        world.end_block()
        world.begin_block()
    world.end_block()


def _lease(world: World) -> None:
    """A fourth subnet, leased to the third coldkey, for whom the first contributed as well."""
    call = made(MODULE, "register_leased_network", 40, None)
    who = COLDKEYS[2]
    world.call(
        who,
        "Crowdloan",
        "create",
        deposit=10 * TAO,
        min_contribution=TAO,
        cap=200 * TAO,
        end=world.number + 60,
        call=call,
        target_address=None,
    )
    world.call(COLDKEYS[0], "Crowdloan", "contribute", crowdloan_id=0, amount=190 * TAO)
    world.call(who, "Crowdloan", "finalize", crowdloan_id=0)
    lease = world.sub.subnet_leases.get(0)
    world.call(lease.coldkey, MODULE, "start_call", netuid=lease.netuid)
    world.call(None, "AdminUtils", "sudo_set_tempo", netuid=lease.netuid, tempo=5)


def _furnish_subnet(world: World, netuid: int) -> None:
    def root(name: str, **args: Any) -> None:
        world.call(None, "AdminUtils", name, netuid=netuid, **args)

    root("sudo_set_tempo", tempo=netuid + 1)
    root("sudo_set_subnet_emission_enabled", enabled=True)
    root("sudo_set_weights_set_rate_limit", weights_set_rate_limit=0)
    root("sudo_set_immunity_period", immunity_period=3)
    root("sudo_set_ema_price_halving_period", ema_halving=1)
    root("sudo_set_min_non_immune_uids", min=1)
    root("sudo_set_commit_reveal_weights_enabled", enabled=netuid != 1)
    world.sub.burn.insert(netuid, TAO // 10)


def wrapped(kind: str, signer: bytes, call: Call) -> tuple[bytes, Call]:
    """The signer and the call by which `signer` makes `call` in some roundabout way."""
    if signer == JOINT:
        return COLDKEYS[0], made("Multisig", "as_multi_threshold_1", [COLDKEYS[1]], call)
    if kind in ("batch", "batch_all", "force_batch"):
        other = made("System", "remark_with_event", b"beside")
        return signer, made("Utility", kind, [other, call])
    if kind == "proxy":
        return DELEGATE, made("Proxy", "proxy", to(signer), None, call)
    if kind == "sudo_as":
        return SUDO, made("Sudo", "sudo_as", to(signer), call)
    return signer, call
