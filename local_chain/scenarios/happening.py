"""Events of a scenario as what people sign.

Owns which calls an event is, by whom. Events change the state by extrinsics only, since they
happen between two blocks that others are being told about; the one exception is time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taokit.chain_client.storage_keys import storage_prefix
from taokit.local_chain.dev_powers import DevPowers
from taokit.local_chain.frame.call import Call
from taokit.local_chain.frame.extrinsic import MultiAddress
from taokit.local_chain.scenarios.cast import Cast, account_key
from taokit.local_chain.scenarios.model import EventPlan
from taokit.local_chain.scenarios.setting_up import hyperparameter_call
from taokit.local_chain.scenarios.signing import call_of
from taokit.wallet.devkeys import dev_key
from taokit.wallet.keypair import Keypair

if TYPE_CHECKING:
    from taokit.local_chain.node.chain import NodeChain
    from taokit.local_chain.runtime import Runtime

__all__ = ["signed_for"]

RAO = 1_000_000_000
TOTAL_ISSUANCE = storage_prefix("SubtensorModule", "TotalIssuance")

Doing = tuple[str, Keypair, Call]
"""Who signs, with which key, what."""


def signed_for(event: EventPlan, cast: Cast, chain: NodeChain, runtime: Runtime) -> Iterator[Doing]:
    """What is signed where an event happens; nothing for those that only change somebody's mind."""
    stage = cast.stage(event.subnet)
    netuid = stage.netuid
    if event.do == "register":
        for seat in stage.of(event.group):
            hotkey = seat.hotkey.public_key
            register = call_of("SubtensorModule", "burned_register", netuid=netuid, hotkey=hotkey)
            yield seat.name, seat.coldkey, register
    elif event.do == "hyperparameter":
        path = f"hyperparameter {event.name}"
        yield _by_root(hyperparameter_call(netuid, event.name, event.value, path))
    elif event.do == "transfer":
        to = MultiAddress.Id(account_key(event.to).public_key)
        pay = call_of("Balances", "transfer_keep_alive", dest=to, value=_rao(event.tao))
        yield event.from_, account_key(event.from_), pay
    elif event.do in ("stake", "unstake"):
        hotkey = stage.of(event.validators)[0].hotkey.public_key
        yield _trade(event.from_, account_key(event.from_), event, hotkey, netuid)
    elif event.do in ("buy", "sell"):
        hotkey = runtime.subtensor.subnet_owner_hotkey.get(netuid)
        trader = account_key(event.from_) if event.from_ else stage.seats[0].coldkey
        yield _trade(event.from_ or "owner", trader, event, hotkey, netuid)
    elif event.do == "halving":
        yield _by_root(_halving(runtime))
    elif event.do == "travel":
        chain.clock.travel_to(chain.next_timestamp_ms() + round(event.seconds * 1000))


def _trade(who: str, key: Keypair, event: EventPlan, hotkey: bytes, netuid: int) -> Doing:
    buys = event.do in ("stake", "buy")
    amount = {"amount_staked" if buys else "amount_unstaked": _rao(event.tao or event.alpha)}
    name = "add_stake" if buys else "remove_stake"
    return who, key, call_of("SubtensorModule", name, hotkey=hotkey, netuid=netuid, **amount)


def _halving(runtime: Runtime) -> Call:
    mark = runtime.overlay.mark()
    issuance = DevPowers(runtime).halve().issuance
    runtime.overlay.rollback(mark)
    items = [(TOTAL_ISSUANCE, issuance.to_bytes(8, "little"))]
    return call_of("System", "set_storage", items=items)


def _by_root(call: Call) -> Doing:
    return "root", dev_key("Alice"), call_of("Sudo", "sudo", call=call)


def _rao(amount: float) -> int:
    return round(amount * RAO)
