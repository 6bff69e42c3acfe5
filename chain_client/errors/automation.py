"""Errors of signing with nobody looking: scripts, their journal, policies, files to sign."""

from __future__ import annotations

from taokit.chain_client.errors.base import ChainError, ClientError

__all__ = [
    "AlreadyRunning",
    "InvalidScript",
    "InvalidTransactionFile",
    "JournalError",
    "LimitReached",
    "PolicyUnreadable",
    "PolicyViolation",
    "StepFailed",
]


class InvalidScript(ClientError):
    """A file of operations that cannot be used as it is; each thing wrong with it is listed.

    ``problems`` are (line, sentence), lines counted from 1 and 0 where there is none; ``source``
    is the file.
    """

    code = "invalid_script"

    def __init__(
        self, problems: list[tuple[int, str]], *, source: str, hint: str | None = None
    ) -> None:
        where = [f"{source}:{line}: {what}" if line else what for line, what in problems]
        super().__init__("\n".join(where), hint=hint)
        self.problems = problems
        self.source = source


class JournalError(ClientError):
    """The journal of a script cannot be read or written, so nothing is sent. ``path`` is it."""

    code = "journal"

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class AlreadyRunning(ClientError):
    """The same script runs already, with the same journal. ``name`` is the script's."""

    code = "already_running"
    retryable = True

    def __init__(self, name: str, *, path: str) -> None:
        super().__init__(
            f"{name} is being applied already",
            hint="wait until it has ended, or end the other one; two would stake twice",
        )
        self.name = name
        self.path = path


class LimitReached(ClientError):
    """A step of a script would go beyond a limit that the script sets; nothing was sent for it.

    ``step`` and ``limit`` are names in the script.
    """

    code = "limit_reached"

    def __init__(self, message: str, *, step: str, limit: str) -> None:
        super().__init__(message, hint="change the limit in the script if this is meant")
        self.step = step
        self.limit = limit


class StepFailed(ChainError):
    """A step of a script failed and the script says to stop then. ``step`` is its id."""

    code = "step_failed"

    def __init__(self, message: str, *, step: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.step = step


class PolicyViolation(ClientError):
    """A rule of the user's policy forbids this, so nothing was signed.

    ``rule`` is its name in the file, ``path`` the file.
    """

    code = "policy_violation"

    def __init__(self, message: str, *, rule: str, path: str) -> None:
        super().__init__(message, hint=f"the rule is `{rule}` in {path}")
        self.rule = rule
        self.path = path


class PolicyUnreadable(ClientError):
    """There is a policy, but it cannot be read or makes no sense; nothing is signed until it does.

    ``path`` is the file.
    """

    code = "policy_unreadable"

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(
            message, hint=hint or "mend the policy, or name another with TAOKIT_POLICY"
        )
        self.path = path


class InvalidTransactionFile(ClientError):
    """A file or text that should hold a transaction does not, or contradicts itself."""

    code = "invalid_transaction_file"
