"""Fixtures of the conformance tests: a chain for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from localnet_process import localnet


@pytest.fixture(scope="module")
def chain_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a chain that only this module's tests use, in the fast preset."""
    with localnet(tmp_path_factory.mktemp("chain")) as chain:
        yield chain.url
