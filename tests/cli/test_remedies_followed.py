"""What a refusal advises is done to the letter, and then the same command succeeds."""

from __future__ import annotations

import re
import shlex

import pytest

from .conftest import Cli, done, wallet

pytestmark = pytest.mark.usefixtures("_on_chain")


@pytest.fixture
def netuid(cli: Cli) -> str:
    """A subnet of alice's, not started; bob has TAO alone."""
    wallet(cli, "alice", 10_000_000)
    wallet(cli, "bob", 50_000)
    done(cli, "subnets", "create", "-w", "alice")
    return str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))


def commands(hint: str) -> list[list[str]]:
    """The commands of a hint."""
    return [shlex.split(one)[1:] for one in re.findall(r"`(taokit [^`]+)`", hint)]


def refused(cli: Cli, *argv: str) -> tuple[str, str]:
    """The chain's name for the refusal, and its hint."""
    result = cli(*argv, "--json")
    assert result.status == 1, result.err
    return result.error.get("name", ""), result.error["hint"]


def test_each_refusal_names_the_command_that_mends_it(cli: Cli, netuid: str) -> None:
    stake = ("stake", "add", "-n", netuid, "--amount", "100", "-w", "bob")
    name, hint = refused(cli, *stake)
    assert name == "SubtokenDisabled"
    _, start = commands(hint.replace("OWNER", "alice"))
    done(cli, *start)

    name, hint = refused(cli, *stake)
    assert name == "HotKeyAccountNotExists"
    (associate,) = commands(hint)
    done(cli, *associate)

    name, hint = refused(cli, *stake, "--tolerance", "0.1%")
    assert name == "SlippageTooHigh"
    (enough,) = re.findall(r"--tolerance ([\d.]+%)", hint)
    done(cli, *stake, "--tolerance", enough)

    axon = ("axon", "set", "-n", netuid, "--ip", "203.0.113.7", "--port", "80", "-w", "bob")
    name, hint = refused(cli, *axon)
    assert name == "HotKeyNotRegisteredInNetwork"
    (register,) = commands(hint)
    done(cli, *register)
    done(cli, *axon)

    name, hint = refused(cli, *axon)
    assert name == "ServingRateLimitExceeded"
    (mine,) = commands(hint)
    done(cli, *mine)
    done(cli, *axon)

    done(cli, "lock", "add", "-n", netuid, "--amount", "50", "-w", "bob")
    name, hint = refused(cli, "stake", "remove", "-n", netuid, "--all", "-w", "bob")
    assert name == "StakeUnavailable"
    some, locks = commands(hint)
    done(cli, *some)
    done(cli, *locks)


def test_a_proxy_that_has_to_wait_is_told_each_step(cli: Cli, netuid: str) -> None:
    done(cli, "proxy", "add", "--delegate", "bob", "--proxy-type", "Transfer", "--delay", "5",
         "-w", "alice")  # fmt: skip
    (alice,) = done(cli, "wallet", "balance", "alice", "--json").document
    address = alice["address"]
    transfer = ("wallet", "transfer", "--to", "//Ferdie", "--amount", "1", "-w", "bob")
    name, hint = refused(cli, *transfer, "--proxy-for", address)
    assert name == "Unannounced"
    announce, execute = commands(hint)
    done(cli, *announce)
    name, hint = refused(cli, *execute)
    assert name == "Unannounced"
    (mine,) = commands(hint)
    done(cli, *mine)
    done(cli, *execute)


def test_the_network_that_was_named_is_named_again(cli: Cli, endpoint: str) -> None:
    wallet(cli, "bob", 1)
    _, hint = refused(cli, "subnets", "register", "-n", "0", "-w", "bob", "--network", endpoint)
    assert f"`taokit root register -w bob --network {endpoint}`" in hint
