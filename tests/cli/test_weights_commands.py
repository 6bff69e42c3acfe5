"""Setting and showing weights, on a subnet of the test's own."""

from __future__ import annotations

import pytest

from .conftest import Cli, done, wallet

pytestmark = pytest.mark.usefixtures("_on_chain")


@pytest.fixture
def netuid(cli: Cli) -> str:
    """A subnet whose owner "vali" is uid 0, with a miner beside it, where weights can be set."""
    wallet(cli, "vali", 100_000)  # each subnet costs twice the last
    wallet(cli, "miner", 50)
    done(cli, "subnets", "create", "-w", "vali")
    made = str(max(s["netuid"] for s in done(cli, "subnets", "list", "--json").document))
    done(cli, "subnets", "start", "--netuid", made, "-w", "vali")
    done(cli, "subnets", "register", "-n", made, "-w", "miner")
    for call, argument in (
        ("sudo_set_admin_freeze_window", ["0"]),
        ("sudo_set_commit_reveal_weights_enabled", [made, "false"]),
        ("sudo_set_weights_set_rate_limit", [made, "0"]),
    ):
        done(cli, "call", f"AdminUtils.{call}", *argument, "--sudo")
    return made


def test_weights_that_were_set_are_a_table_of_validator_neuron_weight_and_share(
    cli: Cli, netuid: str
) -> None:
    done(cli, "weights", "set", "-n", netuid, "--uids", "0,1", "--weights", "1,3", "-w", "vali")
    for command in (("weights", "show", netuid), ("query", "weights", netuid)):
        table = [line.split() for line in done(cli, *command).out.splitlines()]
        assert table[0] == ["Validator", "Neuron", "Weight", "Share"]
        weights = {(int(v), int(n)): (int(w), float(s)) for v, n, w, s in table[1:]}
        assert set(weights) == {(0, 0), (0, 1)}
        assert weights[0, 1][0] == pytest.approx(3 * weights[0, 0][0], rel=1e-3)
        assert weights[0, 1][1] == pytest.approx(0.75, abs=1e-3)
        plain = done(cli, *command, "--plain").out.splitlines()
        assert [line.split("\t")[:2] for line in plain] == [["0", "0"], ["0", "1"]]
        document = done(cli, *command, "--json").document
        assert document == {"0": {"0": weights[0, 0][0], "1": weights[0, 1][0]}}


def test_without_weights_the_table_is_empty_and_so_is_the_document(cli: Cli, netuid: str) -> None:
    assert done(cli, "weights", "show", netuid).out == ""
    assert done(cli, "weights", "show", netuid, "--json").document == {}


def test_set_too_soon_the_refusal_says_how_many_blocks_to_wait(cli: Cli, netuid: str) -> None:
    done(cli, "call", "AdminUtils.sudo_set_weights_set_rate_limit", netuid, "500", "--sudo")
    argv = ("weights", "set", "-n", netuid, "--uids", "0,1", "--weights", "1,3", "-w", "vali")
    refused = cli(*argv)
    assert refused.status == 1
    assert "more to wait" in refused.err.splitlines()[-1]
    assert "or the neuron registered" in refused.err.splitlines()[-1]
    assert "more to wait" in cli(*argv, "--json").error["hint"]
