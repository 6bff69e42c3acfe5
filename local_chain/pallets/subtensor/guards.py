"""Guards: what Subtensor checks of a call before it runs, wherever it is dispatched from.

The same six guards stand before the pool, where a refusal is a `Custom` code,
and before every dispatch of a signed call, nested ones included, where it is
the pallet's error (Subtensor `guards/*.rs`, `extensions/subtensor.rs`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.errors import ModuleError
from taokit.local_chain.frame.runtime import ensure
from taokit.local_chain.frame.weight import Weight, weight
from taokit.local_chain.pallets.subtensor import (
    mechanisms,
    ownership,
    rate_limits,
    serving,
    uids,
    weight_commits,
    weights,
)
from taokit.local_chain.pallets.subtensor.base import SubtensorBase
from taokit.local_chain.pallets.subtensor.rate_limits import TransactionType
from taokit.local_chain.pallets.subtensor.weight_commits import Reveal

BAD_REQUEST = 255
CUSTOM_CODES: dict[str, int] = {
    "ColdkeySwapAnnounced": 0,
    "AmountTooLow": 1,
    "NotEnoughStakeToSetWeights": 1,
    "NotEnoughBalanceToStake": 2,
    "SubnetNotExists": 3,
    "HotKeyAccountNotExists": 4,
    "NotEnoughStakeToWithdraw": 5,
    "CommittingWeightsTooFast": 6,
    "SettingWeightsTooFast": 6,
    "NetworkTxRateLimitExceeded": 6,
    "InsufficientLiquidity": 7,
    "SlippageTooHigh": 8,
    "TransferDisallowed": 9,
    "HotKeyNotRegisteredInNetwork": 10,
    "InvalidIpAddress": 11,
    "ServingRateLimitExceeded": 12,
    "InvalidPort": 13,
    "InvalidRevealRound": 15,
    "NoWeightsCommitFound": 16,
    "RevealTooEarly": 17,
    "InputLengthsUnequal": 18,
    "HotKeyNotRegisteredInSubNet": 19,
    "EvmKeyAssociateRateLimitExceeded": 20,
    "ColdkeySwapDisputed": 21,
    "NonAssociatedColdKey": 25,
    "DelegateTakeTooLow": 26,
    "DelegateTakeTooHigh": 27,
}
DURING_SWAP = frozenset(
    {
        ("SubtensorModule", "announce_coldkey_swap"),
        ("SubtensorModule", "swap_coldkey_announced"),
        ("SubtensorModule", "dispute_coldkey_swap"),
        ("SubtensorModule", "clear_coldkey_swap_announcement"),
        ("MevShield", "submit_encrypted"),
    }
)
TIMELOCKED = frozenset(
    {
        "commit_timelocked_weights",
        "commit_timelocked_mechanism_weights",
        "commit_crv3_mechanism_weights",
    }
)
ONE_SUBNET_WEIGHTS = frozenset(
    {
        "set_weights",
        "set_mechanism_weights",
        "commit_weights",
        "commit_mechanism_weights",
        "reveal_weights",
        "reveal_mechanism_weights",
        "batch_reveal_weights",
        *TIMELOCKED,
    }
)
MANY_SUBNETS_WEIGHTS = frozenset({"batch_set_weights", "batch_commit_weights"})
RATE_LIMITED_WEIGHTS = {
    "commit_weights": "CommittingWeightsTooFast",
    "commit_mechanism_weights": "CommittingWeightsTooFast",
    "set_weights": "SettingWeightsTooFast",
    "set_mechanism_weights": "SettingWeightsTooFast",
}
RATE_LIMITED = frozenset({*RATE_LIMITED_WEIGHTS, "register_network"})
TAKES = frozenset({"increase_take", "decrease_take"})
SERVING = frozenset({"serve_axon", "serve_axon_tls", "serve_prometheus"})
EVM_LIMIT, FAST_EVM_LIMIT = 7_200, 1

Guard = Callable[[SubtensorBase, bytes, Call], None]


def check(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """Raise the pallet's error if `who` may not make this call now."""
    check_coldkey_swap(sub, who, call)
    if call.pallet.name != "SubtensorModule":
        return
    for applies_to, guard, _ in GUARDS:
        if call.spec.name in applies_to:
            guard(sub, who, call)


def custom_code(error: ModuleError) -> int:
    """The pool's code for a guard's error; 255 for one that has none."""
    return CUSTOM_CODES.get(error.name, BAD_REQUEST)


def extension_weight(call: Call) -> Weight:
    """What the guards add to a call's weight."""
    total = COLDKEY_SWAP_WEIGHT
    if call.pallet.name == "SubtensorModule":
        for applies_to, _, cost in GUARDS:
            if call.spec.name in applies_to:
                total = total.plus(cost)
    return total


def check_coldkey_swap(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """A coldkey that announced a swap may only go on with it; one in dispute, nothing at all."""
    if not sub.coldkey_swap_announcements.contains(who):
        return
    ensure(not sub.coldkey_swap_disputes.contains(who), sub.Error.ColdkeySwapDisputed)
    ensure(call.key in DURING_SWAP, sub.Error.ColdkeySwapAnnounced)


def check_weights(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """Lists of one length, enough stake on each subnet, and a commit that may be revealed."""
    name = call.spec.name
    _check_lengths(sub, call)
    netuids = call["netuids"] if name in MANY_SUBNETS_WEIGHTS else [call["netuid"]]
    for netuid in netuids:
        ensure(weights.has_min_stake(sub, who, netuid), sub.Error.NotEnoughStakeToSetWeights)
    if name in ("reveal_weights", "reveal_mechanism_weights"):
        mechanism = call["mecid"] if name == "reveal_mechanism_weights" else 0
        reveal = Reveal(call["uids"], call["values"], call["salt"], call["version_key"])
        _check_reveals(sub, who, call["netuid"], mechanism, [reveal])
    elif name == "batch_reveal_weights":
        lists = (call["uids_list"], call["values_list"], call["salts_list"], call["version_keys"])
        _check_reveals(sub, who, call["netuid"], 0, [Reveal(*parts) for parts in zip(*lists)])
    elif name in TIMELOCKED:
        last = sub.runtime.drand.last_stored_round.get()
        ensure(call["reveal_round"] >= last, sub.Error.InvalidRevealRound)


def _check_lengths(sub: SubtensorBase, call: Call) -> None:
    fields = {
        "batch_commit_weights": ("netuids", "commit_hashes"),
        "batch_reveal_weights": ("uids_list", "values_list", "salts_list", "version_keys"),
        "batch_set_weights": ("netuids", "weights", "version_keys"),
    }.get(call.spec.name, ())
    lengths = {len(call[field]) for field in fields}
    ensure(len(lengths) <= 1, sub.Error.InputLengthsUnequal)


def _check_reveals(
    sub: SubtensorBase, who: bytes, netuid: int, mechanism: int, reveals: Sequence[Reveal]
) -> None:
    index = mechanisms.storage_index(netuid, mechanism)
    commits = sub.weight_commits.get((index, who))
    if commits is None:
        raise sub.Error.NoWeightsCommitFound
    epochs: dict[bytes, int] = {}
    for hash_, epoch, _, _ in commits:
        epochs.setdefault(hash_, epoch)
    for reveal in reveals:
        epoch_of = epochs.get(weight_commits.commit_hash(who, index, reveal))
        if epoch_of is None:
            raise sub.Error.NoWeightsCommitFound
        ensure(weight_commits.is_revealable(sub, netuid, epoch_of), sub.Error.RevealTooEarly)


def check_rate_limits(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """The weights limit of a registered hotkey, and the limit on new subnets."""
    name = call.spec.name
    if name == "register_network":
        passes = rate_limits.passes(sub, TransactionType.RegisterNetwork, who)
        ensure(passes, sub.Error.NetworkTxRateLimitExceeded)
        return
    netuid = call["netuid"]
    if name.startswith("set_") and sub.commit_reveal_weights_enabled.get(netuid):
        return
    uid = sub.uids.get((netuid, who))
    if uid is None:
        return
    index = mechanisms.storage_index(netuid, call["mecid"] if "mechanism" in name else 0)
    block = sub.runtime.system.block_number()
    too_fast = sub.Error.declared[RATE_LIMITED_WEIGHTS[name]]
    ensure(weights.limit_has_passed(sub, index, uid, block), too_fast)


def check_delegate_take(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """A take within bounds, of a hotkey that the signer owns."""
    hotkey, take = call["hotkey"], call["take"]
    ensure(take >= sub.min_delegate_take.get(), sub.Error.DelegateTakeTooLow)
    ensure(take <= sub.max_delegate_take.get(), sub.Error.DelegateTakeTooHigh)
    ensure(ownership.exists(sub, hotkey), sub.Error.HotKeyAccountNotExists)
    ensure(ownership.owns(sub, who, hotkey), sub.Error.NonAssociatedColdKey)


def check_serving_endpoints(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """What serving itself checks."""
    prometheus = call.spec.name == "serve_prometheus"
    checked = serving.check_prometheus if prometheus else serving.check_axon
    checked(sub, who, call["netuid"], call["ip"], call["port"], call["ip_type"])


def check_evm_key_association(sub: SubtensorBase, who: bytes, call: Call) -> None:
    """A registered hotkey, whose EVM key was not set too recently. Never set counts as block 0."""
    netuid = call["netuid"]
    ensure_evm_key_may_change(sub, netuid, uids.uid_of(sub, netuid, who))


def ensure_evm_key_may_change(sub: SubtensorBase, netuid: int, uid: int) -> None:
    """EvmKeyAssociateRateLimitExceeded for a neuron whose EVM key was set too recently."""
    stored = sub.associated_evm_address.get((netuid, uid))
    last = stored[1] if stored is not None else 0
    limit = FAST_EVM_LIMIT if sub.runtime.preset == "fast" else EVM_LIMIT
    age = max(sub.runtime.system.block_number() - last, 0)
    passed = age >= limit or rate_limits.ignored(sub)
    ensure(passed, sub.Error.EvmKeyAssociateRateLimitExceeded)


COLDKEY_SWAP_WEIGHT = weight(17_583_000, 4_198, reads=2)
GUARDS: tuple[tuple[frozenset[str], Guard, Weight], ...] = (
    (ONE_SUBNET_WEIGHTS | MANY_SUBNETS_WEIGHTS, check_weights, weight(52_958_000, 7_671, reads=11)),
    (RATE_LIMITED, check_rate_limits, weight(35_376_000, 4_484, reads=7)),
    (TAKES, check_delegate_take, weight(15_378_000, 4_186, reads=3)),
    (SERVING, check_serving_endpoints, weight(19_035_000, 4_112, reads=3)),
    (
        frozenset({"associate_evm_key"}),
        check_evm_key_association,
        weight(15_448_000, 4_117, reads=2),
    ),
)
