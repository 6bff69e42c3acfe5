"""Balances move as `pallet_balances` moves them: deposits, dust, events, and no rao lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain_under_test import Chain
from hypothesis import given
from hypothesis import strategies as st

from taokit.local_chain.frame.errors import DispatchError
from taokit.local_chain.frame.extrinsic import MultiAddress

if TYPE_CHECKING:
    from taokit.local_chain.runtime import Runtime

NEW = bytes([9] * 32)


def total(runtime: Runtime) -> int:
    accounts = runtime.system.account.values()
    return sum(info.data.free + info.data.reserved for info in accounts)


def to(who: bytes) -> MultiAddress:
    return MultiAddress.Id(who)


def test_genesis_issuance_is_what_the_accounts_hold(chain: Chain) -> None:
    assert chain.runtime.balances.total_issuance.get() == total(chain.runtime)
    assert chain.runtime.balances.free(chain.alice) == 10**15


def test_a_transfer_makes_the_account_and_says_so_in_the_real_order(chain: Chain) -> None:
    chain.begin_block()
    before = len(chain.runtime.events)
    chain.call(chain.alice, "Balances", "transfer_keep_alive", dest=to(NEW), value=10**9)
    names = [e.spec.name for e in chain.runtime.events[before:]]
    assert names == ["NewAccount", "Endowed", "Transfer"]
    assert chain.runtime.balances.free(NEW) == 10**9
    assert chain.runtime.system.account.get(NEW).providers == 1


def test_keep_alive_refuses_to_end_the_sender(chain: Chain) -> None:
    everything = chain.runtime.balances.free(chain.bob)
    assert (
        chain.refusal(
            chain.bob, "Balances", "transfer_keep_alive", dest=to(NEW), value=everything - 499
        )
        == "NotExpendable"
    )
    chain.call(chain.bob, "Balances", "transfer_keep_alive", dest=to(NEW), value=everything - 500)
    assert chain.runtime.balances.free(chain.bob) == 500


def test_allow_death_ends_the_sender_and_burns_dust(chain: Chain) -> None:
    everything = chain.runtime.balances.free(chain.bob)
    issuance = chain.runtime.balances.total_issuance.get()
    chain.call(chain.bob, "Balances", "transfer_allow_death", dest=to(NEW), value=everything - 100)
    assert not chain.runtime.system.exists(chain.bob)
    assert chain.runtime.balances.total_issuance.get() == issuance - 100
    assert chain.events("Balances.DustLost") == [(chain.bob, 100)]
    assert chain.events("System.KilledAccount") == [(chain.bob,)]


def test_less_than_the_existential_deposit_makes_no_account(chain: Chain) -> None:
    refused = chain.refusal(
        chain.alice, "Balances", "transfer_allow_death", dest=to(NEW), value=499
    )
    assert refused == "BelowMinimum"


def test_more_than_the_balance_is_refused(chain: Chain) -> None:
    refused = chain.refusal(
        chain.alice, "Balances", "transfer_allow_death", dest=to(NEW), value=2 * 10**15
    )
    assert refused == "FundsUnavailable"


def test_transfer_all_leaves_the_deposit_only_if_asked(chain: Chain) -> None:
    chain.call(chain.alice, "Balances", "transfer_all", dest=to(NEW), keep_alive=True)
    assert chain.runtime.balances.free(chain.alice) == 500
    chain.call(chain.bob, "Balances", "transfer_all", dest=to(NEW), keep_alive=False)
    assert not chain.runtime.system.exists(chain.bob)


def test_root_sets_a_balance_and_the_issuance_follows(chain: Chain) -> None:
    chain.call(None, "Balances", "force_set_balance", who=to(NEW), new_free=5_000)
    assert chain.runtime.balances.free(NEW) == 5_000
    assert chain.runtime.balances.total_issuance.get() == total(chain.runtime)
    assert chain.refusal(chain.alice, "Balances", "force_set_balance", who=to(NEW), new_free=1) == (
        "BadOrigin"
    )


def test_reserved_balance_keeps_the_account_and_returns(chain: Chain) -> None:
    balances = chain.runtime.balances
    balances.reserve(chain.alice, 1_000)
    assert balances.data(chain.alice).reserved == 1_000
    assert chain.runtime.system.account.get(chain.alice).consumers == 1
    assert balances.unreserve(chain.alice, 1_500) == 500
    assert chain.runtime.system.account.get(chain.alice).consumers == 0


ACCOUNTS = [bytes([n] * 32) for n in range(1, 5)]
AMOUNTS = st.integers(0, 3_000)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["transfer_allow_death", "transfer_keep_alive", "transfer_all", "burn"]),
        st.integers(0, 3),
        st.integers(0, 3),
        AMOUNTS,
        st.booleans(),
    ),
    max_size=25,
)


@given(MOVES)
def test_whatever_is_sent_the_issuance_is_what_the_accounts_hold(
    moves: list[tuple[str, int, int, int, bool]],
) -> None:
    chain = Chain()
    for who in ACCOUNTS:
        chain.call(None, "Balances", "force_set_balance", who=to(who), new_free=4_000)
    for name, source, dest, value, keep in moves:
        args = {"dest": to(ACCOUNTS[dest]), "value": value, "keep_alive": keep}
        wanted = {
            "transfer_all": ("dest", "keep_alive"),
            "burn": ("value", "keep_alive"),
        }.get(name, ("dest", "value"))
        try:
            chain.call(ACCOUNTS[source], "Balances", name, **{key: args[key] for key in wanted})
        except DispatchError as refused:
            assert refused.name in {
                "FundsUnavailable",
                "NotExpendable",
                "BelowMinimum",
            }
        assert chain.runtime.balances.total_issuance.get() == total(chain.runtime)
        for who in ACCOUNTS:
            free = chain.runtime.balances.free(who)
            assert free == 0 or free >= 500
