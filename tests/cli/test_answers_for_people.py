"""What a person is told beside the rows: what they come to together."""

from __future__ import annotations

import pytest

from .conftest import Cli, done

pytestmark = pytest.mark.usefixtures("_on_chain")


def test_balances_of_several_are_added_up(cli: Cli) -> None:
    both = ("wallet", "balance", "--ss58", "//Alice", "--ss58", "//Bob")
    result = done(cli, *both)
    rows = done(cli, *both, "--json").document
    total = sum(row["total"]["rao"] for row in rows)
    assert f"τ{total / 10**9:.4f} in all" in result.err
    assert "in all" not in done(cli, "wallet", "balance", "--ss58", "//Alice").err
    assert "in all" not in done(cli, *both, "--plain").err


def test_subnets_have_a_market_cap_and_come_to_something_together(cli: Cli) -> None:
    result = done(cli, "subnets", "list")
    heading = result.out.splitlines()[0]
    assert all(title in heading for title in ("Market cap", "Emission", "Supply", "Epoch"))
    assert "prices add up to" in result.err
    assert "add up" not in done(cli, "subnets", "list", "--plain").err


def test_prices_of_now_come_with_what_the_market_holds(cli: Cli) -> None:
    shown = done(cli, "subnets", "price", "1", "--current").out
    assert "Market cap" in shown
    assert "Supply" in shown
    assert "Lowest" not in shown
    assert cli("subnets", "price", "99", "--current", "--json").error["code"] == "not_found"
    assert cli("subnets", "price", "99", "--current").status == 3
    (price,) = done(cli, "subnets", "price", "1", "--current", "--json").document
    assert price["netuid"] == 1


def test_a_subnet_says_how_many_mechanisms_it_has(cli: Cli) -> None:
    assert done(cli, "subnets", "show", "1", "--json").document["mechanisms"] == 1


def test_neurons_have_the_names_of_their_coldkeys(cli: Cli) -> None:
    done(cli, "subnets", "register", "-n", "1", "--hotkey", "//Named", "-w", "//Alice")
    done(cli, "wallet", "set-identity", "--id-name", "Alice of the test", "-w", "//Alice")
    neurons = done(cli, "subnets", "metagraph", "1", "--json").document["neurons"]
    named = {one["name"] for one in neurons if one["name"]}
    assert named == {"Alice of the test"}
    assert "Alice of the test" in done(cli, "subnets", "metagraph", "1").out


def test_stake_comes_with_what_it_is_worth_together(cli: Cli) -> None:
    nothing = done(cli, "stake", "list", "--ss58", "//Nobody")
    assert "worth" not in nothing.err
    done(cli, "subnets", "create", "--hotkey", "//Owner", "-w", "//Alice")
    made = str(max(one["netuid"] for one in done(cli, "subnets", "list", "--json").document))
    done(cli, "subnets", "start", "-n", made, "-w", "//Alice")
    done(cli, "stake", "add", "-n", made, "--amount", "5", "--hotkey", "//Owner", "-w", "//Alice")
    told = done(cli, "stake", "list", "--ss58", "//Alice").err
    assert "worth τ" in told
    assert "that are free" in told
