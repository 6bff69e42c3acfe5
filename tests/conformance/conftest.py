"""Fixtures of the conformance tests: a chain for each module, and our own client to check it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from localnet_process import localnet

from taokit.chain_client.blocking import Client


@pytest.fixture(scope="module")
def chain_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a chain that only this module's tests use, in the fast preset."""
    with localnet(tmp_path_factory.mktemp("chain")) as url:
        yield url


@pytest.fixture(scope="module")
def chain(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Our client of that chain, to see what other clients really did to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAOKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        with Client.connect(chain_url) as client:
            yield client
