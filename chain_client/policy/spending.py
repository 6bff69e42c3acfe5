"""What a call spends: TAO that leaves the free balance, and stake that leaves its owner.

Owns the table of calls and the questions to the chain for those whose price is not among their
arguments. The fee does not count; the tip does. Does not own limits (``guard``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from taokit.chain_client.money import Alpha, Tao
from taokit.chain_client.policy.inside import Seen, seen_in

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient

__all__ = ["Unknowable", "money_not_understood", "spending", "spent_by"]


class Unknowable(Exception):
    """What a call spends cannot be told; the text says why."""


_ARGUMENT: Final[Mapping[tuple[str, str], str]] = {
    ("Balances", "transfer_allow_death"): "value",
    ("Balances", "transfer_keep_alive"): "value",
    ("Balances", "burn"): "value",
    ("SubtensorModule", "add_stake"): "amount_staked",
    ("SubtensorModule", "add_stake_limit"): "amount_staked",
    ("SubtensorModule", "add_stake_burn"): "amount",
    ("SubtensorModule", "register_limit"): "limit_price",
    ("Crowdloan", "contribute"): "amount",
    ("Crowdloan", "create"): "deposit",
}
"""Calls that spend exactly, or at most, one of their arguments."""

_NOT_SPENT: Final = frozenset(
    {
        "limit_price",
        "limit",
        "new_cap",
        "new_min_contribution",
        "new_max_contribution",
        "cap",
        "min_contribution",
    }
)
"""Arguments of money that are bounds, not payments."""

_Ask = Callable[["ChainClient", Seen, str], Awaitable[int]]


async def _everything(chain: ChainClient, seen: Seen, signer: str) -> int:
    from taokit.chain_client.reads.balances import balance

    if any(not wrapper.startswith("Utility.batch") for wrapper in seen.within):
        raise Unknowable(f"whose balance {seen.shown} takes is not known")
    return (await balance(chain, signer)).free.rao


async def _burn(chain: ChainClient, seen: Seen, signer: str) -> int:
    return int(await chain.query("SubtensorModule", "Burn", seen.args["netuid"]))


async def _subnet(chain: ChainClient, seen: Seen, signer: str) -> int:
    from taokit.chain_client.reads.subnets import burn_cost

    return (await burn_cost(chain)).rao


async def _stake(chain: ChainClient, seen: Seen, signer: str) -> int:
    from taokit.chain_client.reads.subnets import price_of

    netuid = seen.args.get("origin_netuid", seen.args.get("netuid"))
    amount = Alpha(seen.args.get("alpha_amount", seen.args.get("amount")), netuid)
    return (await price_of(chain, netuid)).worth(amount).rao


async def _swap_of_hotkey(chain: ChainClient, seen: Seen, signer: str) -> int:
    constant = "KeySwapCost" if seen.args.get("netuid") is None else "KeySwapOnSubnetCost"
    return int(chain.constant("SubtensorModule", constant))


_ASKED: Final[Mapping[tuple[str, str], _Ask]] = {
    ("Balances", "transfer_all"): _everything,
    ("SubtensorModule", "burned_register"): _burn,
    ("SubtensorModule", "register_network"): _subnet,
    ("SubtensorModule", "register_network_with_identity"): _subnet,
    ("SubtensorModule", "transfer_stake"): _stake,
    ("SubtensorModule", "recycle_alpha"): _stake,
    ("SubtensorModule", "burn_alpha"): _stake,
    ("SubtensorModule", "swap_hotkey"): _swap_of_hotkey,
    ("SubtensorModule", "swap_hotkey_v2"): _swap_of_hotkey,
}
"""Calls whose price the chain has to be asked for."""

_UNBOUNDED: Final = frozenset(
    {
        ("SubtensorModule", "announce_coldkey_swap"),
        ("SubtensorModule", "schedule_swap_coldkey"),
        ("SubtensorModule", "swap_coldkey"),
        ("SubtensorModule", "swap_coldkey_announced"),
        ("LimitOrders", "execute_orders"),
        ("LimitOrders", "execute_batched_orders"),
        ("Proxy", "add_proxy"),
        ("Sudo", "set_key"),
        ("Balances", "force_transfer"),
        ("Balances", "force_set_balance"),
    }
)
"""Calls that hand over more than a number says."""

_SETTINGS: Final = frozenset({"AdminUtils"})
"""Pallets whose calls change settings of the chain; amounts there are values, not payments."""

_MONEY: Final = ("TaoBalance", "AlphaBalance", "BalanceOf", "T::Balance")
_KEEPS: Final = frozenset(
    {
        ("SubtensorModule", "remove_stake"),
        ("SubtensorModule", "remove_stake_limit"),
        ("SubtensorModule", "move_stake"),
        ("SubtensorModule", "swap_stake"),
        ("SubtensorModule", "swap_stake_limit"),
        ("SubtensorModule", "lock_stake"),
    }
)
"""Calls whose amount stays the owner's."""


def money_not_understood(seen: Seen) -> list[str]:
    """The arguments of money that no table here knows."""
    known = _ARGUMENT.keys() | _ASKED.keys() | _UNBOUNDED | _KEEPS
    if seen.where in known or seen.pallet in _SETTINGS:
        return []
    return [
        name
        for name, kind in seen.types.items()
        if any(money in kind for money in _MONEY) and name not in _NOT_SPENT
    ]


async def spending(chain: ChainClient | None, calls: Iterable[Seen], signer: str) -> int:
    """Rao that ``calls`` spend together, as things are. Raises :class:`Unknowable`.

    ``chain`` is ``None`` where none can be asked.
    """
    total = 0
    for seen in calls:
        total += await _one(chain, seen, signer)
    return total


async def _one(chain: ChainClient | None, seen: Seen, signer: str) -> int:
    if seen.opaque:
        raise Unknowable(f"what {seen.shown} would bring about cannot be seen")
    if seen.where in _ARGUMENT:
        return int(seen.args[_ARGUMENT[seen.where]])
    if seen.where in _ASKED:
        if chain is None:
            raise Unknowable(f"what {seen.shown} spends has to be asked of the chain")
        return await _ASKED[seen.where](chain, seen, signer)
    if seen.where in _UNBOUNDED:
        raise Unknowable(f"{seen.shown} has no bound on what it hands over")
    strange = money_not_understood(seen)
    if strange:
        raise Unknowable(f"what {', '.join(strange)} of {seen.shown} means is not known")
    return 0


async def spent_by(chain: ChainClient, call: Any, signer: str) -> Tao:
    """What one call (a :class:`Call` or its bytes) spends. Raises :class:`Unknowable`."""
    encoded = call if isinstance(call, bytes) else chain.encode_call(call)
    return Tao(await spending(chain, seen_in(chain.runtime, encoded), signer))
