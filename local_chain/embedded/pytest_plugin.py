"""Fixtures for tests against the local chain: pytest finds them where taokit is installed.

Owns which chain a test gets, and that it gets it untouched. Does not own the chain. Nothing is
imported before a fixture is used.

    def test_a_transfer_arrives(chain_client, dev_accounts): ...

    @pytest.mark.subnet(validators=2, miners=4, commit_reveal=False)
    def test_the_better_miner_earns_more(local_chain, subnet): ...

Tests with equal marks share a chain. Each begins where the chain was when it was made, by going
back to a snapshot, unless it is marked ``@pytest.mark.local_chain(isolated=False)``: then it begins
where the test before it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from taokit.chain_client.blocking import Client
    from taokit.local_chain.embedded.accounts import Accounts
    from taokit.local_chain.embedded.local_chain import LocalChain
    from taokit.local_chain.embedded.subnet import Subnet

__all__ = ["chain_client", "dev_accounts", "local_chain", "subnet"]

_START = "start of every test"
_Key = tuple[tuple[tuple[str, Any], ...], tuple[tuple[str, Any], ...] | None]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    config.addinivalue_line(
        "markers",
        "local_chain(isolated=True, preset='fast', block_time='instant'): "
        "the chain that the fixture `local_chain` gives this test",
    )
    config.addinivalue_line(
        "markers",
        "subnet(validators=1, miners=3, commit_reveal=True, tempo=10, ...): "
        "the subnet that the fixture `subnet` gives this test",
    )
    config.addinivalue_line(
        "markers",
        "scenario(name_or_file): what is set up on the chain of this test; "
        "the fixture `subnet` is its first subnet then",
    )


@dataclass
class _Place:
    """A chain, the subnet on it if its tests want one, and whether a test has used it."""

    chain: LocalChain
    subnet: Subnet | None
    used: bool = False


@pytest.fixture(scope="session")
def _local_chains() -> Iterator[dict[_Key, _Place]]:
    places: dict[_Key, _Place] = {}
    yield places
    for place in places.values():
        place.chain.close()


@pytest.fixture
def _local_place(request: pytest.FixtureRequest, _local_chains: dict[_Key, _Place]) -> _Place:
    options = _marked(request, "local_chain")
    isolated = options.pop("isolated", True)
    scenario = _scenario(request)
    if scenario is not None:
        options["scenario"] = scenario
    wanted = _marked(request, "subnet") if "subnet" in request.fixturenames else None
    key = (_as_key(options), None if wanted is None else _as_key(wanted))
    place = _local_chains.get(key)
    if place is None:
        place = _local_chains[key] = _new_place(options, wanted)
    elif place.used and isolated:
        place.chain.reset_switches()
        place.chain.revert(_START)
    place.used = True
    return place


@pytest.fixture
def local_chain(_local_place: _Place) -> LocalChain:
    """A local chain in this process, as it was at the start of every test."""
    return _local_place.chain


@pytest.fixture
def chain_client(_local_place: _Place) -> Client:
    """The blocking client of ``local_chain``."""
    return _local_place.chain.client()


@pytest.fixture
def subnet(_local_place: _Place) -> Subnet:
    """A subnet of ``local_chain``, started, its validators staked and permitted."""
    assert _local_place.subnet is not None
    return _local_place.subnet


@pytest.fixture
def dev_accounts(_local_place: _Place) -> Accounts:
    """The accounts of ``local_chain``: Alice, Bob and the others, and fresh ones with money."""
    return _local_place.chain.accounts


def _new_place(options: dict[str, Any], wanted: dict[str, Any] | None) -> _Place:
    from taokit.local_chain.embedded.local_chain import LocalChain

    chain = LocalChain(**options)
    try:
        of_scenario = "scenario" in options and not wanted
        made = None
        if wanted is not None:
            made = chain.scenario_subnet() if of_scenario else chain.subnet(**wanted)
    except BaseException:
        chain.close()
        raise
    chain.snapshot(_START)
    return _Place(chain, made)


def _scenario(request: pytest.FixtureRequest) -> str | None:
    mark = request.node.get_closest_marker("scenario")
    if mark is None:
        return None
    if len(mark.args) != 1 or mark.kwargs:
        raise pytest.UsageError("pytest.mark.scenario takes a name or a file")
    return str(mark.args[0])


def _marked(request: pytest.FixtureRequest, name: str) -> dict[str, Any]:
    """The options of every mark of that name, those nearest to the test last."""
    options: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers(name))):
        if mark.args:
            raise pytest.UsageError(f"pytest.mark.{name} takes options by name only")
        options.update(mark.kwargs)
    return options


def _as_key(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, _frozen(value)) for name, value in options.items()))


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
