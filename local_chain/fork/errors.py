"""What can be wrong with the chain that is forked.

LocalChainError
└── ForkError               it cannot be reached, or is not one that we can go on from
"""

from __future__ import annotations

from taokit.local_chain.errors import LocalChainError

__all__ = ["ForkError"]


class ForkError(LocalChainError):
    """The other node cannot be reached, does not have the block, or runs another runtime."""

    code = "fork_error"
