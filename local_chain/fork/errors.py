"""What can be wrong with the chain that is forked.

LocalChainError
└── ForkError               it cannot be reached, or is not one that we can go on from
    ├── MethodMissing       the node does not have a method
    └── AnswerTooBig        the answer would be longer than the node gives
"""

from __future__ import annotations

from taokit.local_chain.errors import LocalChainError

__all__ = ["AnswerTooBig", "ForkError", "MethodMissing"]


class ForkError(LocalChainError):
    """The other node cannot be reached, does not have the block, or runs another runtime."""

    code = "fork_error"

    def __str__(self) -> str:
        """With what to do about it: this is told through blocks that failed, and over RPC."""
        return self.message if self.hint is None else f"{self.message} ({self.hint})"


class MethodMissing(ForkError):
    """The other node does not have a method, or does not let everybody use it."""

    code = "fork_method_missing"


class AnswerTooBig(ForkError):
    """The other node does not give answers of that length: ask for less at once."""

    code = "fork_answer_too_big"
