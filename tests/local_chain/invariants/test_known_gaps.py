"""What random operations found that the runtime itself gets wrong: kept, and kept known."""

from __future__ import annotations

from chain_under_test import Chain
from economy import ROOT, TAO, add_hotkey, add_subnet, give_stake, key, open_root, stake

from taokit.local_chain.pallets.subtensor import coldkey_swap, root_claims

HOTKEY, OLD, NEW = key(1), key(2), key(3)
NETUID = 2


def staked_on_root(chain: Chain) -> None:
    """Eight TAO of root stake, all of whose dividends (an eighth of alpha for each) are claimed."""
    add_subnet(chain, NETUID, tao=100 * TAO, alpha=100 * TAO)
    open_root(chain)
    add_hotkey(chain, HOTKEY, key(4))
    give_stake(chain, HOTKEY, OLD, ROOT, 8 * TAO)
    sub = chain.runtime.subtensor
    sub.root_claimable.insert(HOTKEY, {NETUID: 2**29})
    sub.root_claimed.insert((NETUID, HOTKEY, OLD), TAO)


def test_a_coldkey_swap_makes_claimed_dividends_owed_again(chain: Chain) -> None:
    """swap_coldkey.rs, `transfer_coldkey_stake`: claims move where there is stake to move."""
    chain.begin_block()
    staked_on_root(chain)
    sub = chain.runtime.subtensor
    assert root_claims.owed_alpha(sub, HOTKEY, OLD, NETUID) == 0
    coldkey_swap.swap(sub, OLD, NEW)
    assert stake(chain, HOTKEY, NEW, ROOT) == 8 * TAO
    assert root_claims.owed_alpha(sub, HOTKEY, NEW, NETUID) == TAO


def test_a_coldkey_swap_takes_claims_along_with_stake(chain: Chain) -> None:
    chain.begin_block()
    staked_on_root(chain)
    sub = chain.runtime.subtensor
    give_stake(chain, HOTKEY, OLD, NETUID, TAO)
    coldkey_swap.swap(sub, OLD, NEW)
    assert root_claims.owed_alpha(sub, HOTKEY, NEW, NETUID) == 0
