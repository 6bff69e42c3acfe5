"""The chain that is forked, for those modules that do not make their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from forked_world import World, served

from taokit.local_chain import LocalChain


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    with LocalChain() as chain:
        yield World(chain)


@pytest.fixture(scope="package")
def url(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same chain, served by a thread of its own: a fork waits for it in the client's."""
    dump = tmp_path_factory.mktemp("world") / "chain.dump"
    world.chain.do(lambda: world.chain.node.dump(dump))
    with served(dump) as address:
        yield address
