"""The user's policy: where its file is, and the guard that holds this run to it.

Owns finding the file and what happens when it cannot be read: then nothing is signed. Does not own
the rules (``taokit.chain_client.policy``).
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.chain_client.errors import PolicyUnreadable
from taokit.cli.data_folder import data_folder
from taokit.cli.settings_file import user_path
from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.policy import Policy, PolicyGuard, Refusing
    from taokit.chain_client.runtime import Runtime
    from taokit.cli.context import Run

__all__ = ["UserGuard", "guard_of", "policy_of", "policy_path", "refuse_unseen"]


def policy_path(run: Run) -> Path | None:
    """The file that holds; ``None`` where none was named and the usual one is not there.

    A name without a folder is one beside the user's settings. Raises :class:`PolicyUnreadable` for
    one that a project names: whoever wrote the project does not decide what its user may lose.
    """
    found = run.settings.resolve("policy")
    path = Path(str(found.value)).expanduser()
    if found.origin.kind == "project":
        raise PolicyUnreadable(
            f"{found.origin.where} names a policy, and only the user may",
            path=str(path),
            hint="remove `policy` there; `taokit config set policy FILE` sets the user's",
        )
    if not path.is_absolute() and len(path.parts) == 1:
        plain = {key: value for key, value in os.environ.items() if key != "TAOKIT_CONFIG"}
        path = user_path(plain).with_name(path.name)
    if found.origin.kind == "default" and not _there(path):
        return None
    return path


def policy_of(run: Run) -> Policy | None:
    """The policy, if there is one. Raises :class:`PolicyUnreadable`."""
    path = policy_path(run)
    if path is None:
        return None
    from taokit.chain_client.policy import Policy

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not text"
        raise PolicyUnreadable(f"{path} cannot be read: {said}", path=str(path)) from error
    return Policy.parse(text, path=str(path))


def guard_of(run: Run) -> PolicyGuard | Refusing | None:
    """What the client of this run asks before each signature."""
    try:
        policy = policy_of(run)
    except TaokitError as error:
        from taokit.chain_client.policy import Refusing

        return Refusing(error)
    if policy is None:
        return None
    from taokit.chain_client.policy import Ledger, PolicyGuard

    return PolicyGuard(policy, Ledger(data_folder(os.environ) / "spends.sqlite3"))


class UserGuard:
    """The guard of this run's client: reads the policy when something is about to be signed."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @cached_property
    def guard(self) -> PolicyGuard | Refusing | None:
        """The policy's guard; ``None`` without a policy."""
        return guard_of(self._run)

    async def problem(
        self, chain: ChainClient, call: bytes, signer: str, *, tip: int = 0
    ) -> TaokitError | None:
        """Why the policy forbids it."""
        return await self.guard.problem(chain, call, signer, tip=tip) if self.guard else None

    async def admit(
        self, chain: ChainClient, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """Let it be signed and counted, or raise."""
        if self.guard is not None:
            await self.guard.admit(chain, call, signer, nonce=nonce, tip=tip)

    async def admit_offline(
        self, runtime: Runtime, call: bytes, signer: str, *, nonce: int, tip: int
    ) -> None:
        """As :meth:`admit`, where no chain is asked."""
        if self.guard is not None:
            await self.guard.admit_offline(runtime, call, signer, nonce=nonce, tip=tip)

    def withdraw(self, genesis_hash: str, signer: str, nonce: int) -> None:
        """It was certainly not sent."""
        if self.guard is not None:
            self.guard.withdraw(genesis_hash, signer, nonce)


def refuse_unseen(run: Run, what: str) -> None:
    """Raise where there is a policy: nobody can tell what ``what`` would bring about."""
    from taokit.chain_client.errors import PolicyViolation

    path = policy_path(run)
    if path is not None:
        said = f"the policy forbids this: {what} may be anything, a transaction too"
        raise PolicyViolation(said, rule="operations", path=str(path))


def _there(path: Path) -> bool:
    """Whether there is a file; one in a folder that cannot be looked into counts."""
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        return True
