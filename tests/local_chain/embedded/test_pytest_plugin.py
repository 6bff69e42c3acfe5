"""The plugin gives each test a chain as new, and shares what can be shared."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def test_fixtures_work_and_tests_are_isolated_unless_they_ask_not_to_be(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
        import pytest
        from taokit.chain_client.reads.balances import balance

        heights, chains = [], set()

        def spend(local_chain, who):
            heights.append(local_chain.height)
            chains.add(id(local_chain))
            local_chain.fund(who, 3)

        @pytest.mark.parametrize("time", range(3))
        def test_is_new(local_chain, chain_client, dev_accounts, time):
            who = dev_accounts.fresh(tao=0).ss58_address
            assert chain_client.run(balance, who).free.rao == 0
            spend(local_chain, who)
            assert chain_client.run(balance, who).free.rao == 3 * 10**9

        def test_heights():
            assert len(set(heights)) == 1 and len(chains) == 1

        @pytest.mark.local_chain(isolated=False)
        def test_goes_on(local_chain):
            assert local_chain.height == heights[0] + 1

        def test_is_new_again(local_chain):
            assert local_chain.height == heights[0]

        class TestSubnet:
            pytestmark = pytest.mark.subnet(validators=1, miners=2, commit_reveal=False)

            @pytest.mark.parametrize("time", range(2))
            def test_subnet(self, local_chain, subnet, chain_client, time):
                assert len(subnet.miners) == 2
                assert chain_client.query("SubtensorModule", "Tempo", subnet.netuid) == 10
                subnet.set_hyperparameter("tempo", 20)

            @pytest.mark.scenario("halving")
            def test_a_scenario_and_a_subnet_beside_it(self, local_chain, subnet):
                assert subnet.netuid != local_chain.scenario_subnet().netuid

            @pytest.mark.subnet(miners=1)
            def test_nearest_mark_wins(self, subnet):
                assert len(subnet.validators) == len(subnet.miners) == 1

        @pytest.mark.parametrize("time", range(2))
        @pytest.mark.scenario("halving")
        def test_scenario(local_chain, subnet, time):
            assert local_chain.scenario.epoch == 0
            assert len(subnet.miners) == 3
            local_chain.play(1)
            assert local_chain.scenario.report.at().epoch == 1
    """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(passed=12)


def test_wrong_marks_are_errors_that_say_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.subnet(2)
        def test_by_position(subnet): ...

        @pytest.mark.local_chain(preset="nothing")
        def test_preset(local_chain): ...
    """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*takes options by name only*", "*nothing*"])


def test_loading_the_plugin_imports_no_chain(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_nothing_is_imported():
            names = ("taokit.local_chain.embedded.local_chain", "taokit.chain_client", "numpy")
            assert not [name for name in names if name in sys.modules]
    """)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
