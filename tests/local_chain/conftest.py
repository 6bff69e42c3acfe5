"""A runtime of its own for each test, at genesis."""

from __future__ import annotations

import pytest
from chain_under_test import Chain

from taokit.local_chain.runtime import Runtime


@pytest.fixture
def chain() -> Chain:
    """A fast chain at genesis."""
    return Chain("fast")


@pytest.fixture
def mainnet_chain() -> Chain:
    """A chain with the main network's constants, at genesis."""
    return Chain("mainnet")


@pytest.fixture
def runtime(chain: Chain) -> Runtime:
    """The runtime of a fast chain at genesis."""
    return chain.runtime
