"""What of a chain's rules is switched off, while somebody develops against it.

Owns the switches, all of them off at the start. They are the node's, not the chain's: no snapshot
keeps them and no revert turns them. Does not own what they switch off (runtime, rate limits).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["MOCK_SIGNATURE", "Switches", "is_mock"]

_MOCK = b"\xde\xad\xbe\xef"
MOCK_SIGNATURE = _MOCK.ljust(64, b"\xcd")
"""What stands where nobody signed; chopsticks' mock signature."""


def is_mock(signature: bytes) -> bool:
    """Whether that is a mock signature: 0xdeadbeef, and 0xcd to the end."""
    return signature.startswith(_MOCK) and not signature[len(_MOCK) :].strip(b"\xcd")


class Switches:
    """Signatures and rate limits that are not asked for."""

    def __init__(self) -> None:
        self.rate_limits_ignored = False
        self.mocks_accepted = False
        """Whether anybody's mock signature is as good as a true one."""
        self._impersonated: set[bytes] = set()

    @property
    def impersonated(self) -> list[bytes]:
        """The accounts of which anything is taken."""
        return sorted(self._impersonated)

    def impersonate(self, account: bytes | None) -> None:
        """Take whatever the account signs; for None anybody's mock signature."""
        if account is None:
            self.mocks_accepted = True
        else:
            self._impersonated.add(account)

    def stop_impersonating(self, account: bytes | None) -> None:
        """Ask an account for signatures again; for None everybody."""
        if account is None:
            self._impersonated.clear()
            self.mocks_accepted = False
        else:
            self._impersonated.discard(account)

    def reset(self) -> None:
        """Keep to every rule again."""
        self.rate_limits_ignored = False
        self.stop_impersonating(None)

    @contextmanager
    def impersonating(self, account: bytes) -> Iterator[None]:
        """Take whatever the account signs inside, and then what was taken before."""
        before = account in self._impersonated
        self._impersonated.add(account)
        try:
            yield
        finally:
            if not before:
                self._impersonated.discard(account)

    def accept(self, account: bytes | None, signature: bytes) -> bool:
        """Whether a signature is taken without a look at what it signs."""
        if account is None:
            return False
        return account in self._impersonated or (self.mocks_accepted and is_mock(signature))
