"""Exit statuses: what a script may rely on. Owns the numbers and their meaning, nothing else."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["MEANINGS", "Exit"]


class Exit(IntEnum):
    """How a run of ``taokit`` ended."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    AUTHENTICATION = 4
    UNREACHABLE = 5
    PENDING = 8
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: dict[Exit, str] = {
    Exit.DONE: "done; also a dry run that would work, and an empty list",
    Exit.REFUSED: "the chain or the operation refused (not enough balance, wallet exists)",
    Exit.USAGE: "wrong usage or missing input, and a question that nobody is there to answer",
    Exit.NOT_FOUND: "a named thing does not exist (wallet, subnet, block)",
    Exit.AUTHENTICATION: "wrong or missing password, or a signer that refused",
    Exit.UNREACHABLE: "no answer from the node, before anything was sent",
    Exit.PENDING: "sent, but the outcome is not known yet",
    Exit.BUG: "a defect in taokit",
    Exit.INTERRUPTED: "interrupted (Ctrl-C)",
    Exit.TERMINATED: "terminated (SIGTERM)",
}
