"""The accounts of a chain under test: the ones that everybody knows, and fresh ones with money.

Owns making fresh ones. Does not own the development keys (``taokit.wallet.devkeys``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from taokit.wallet.devkeys import DEV_NAMES, dev_key
from taokit.wallet.keypair import Keypair

__all__ = ["Accounts"]

Fund = Callable[[str, float], None]


class Accounts(Mapping[str, Keypair]):
    """Development key pairs by name: ``accounts["Alice"]``, or ``accounts.alice``.

    Alice may sudo. All of them hold TAO from genesis on, but One and Two.
    """

    def __init__(self, fund: Fund) -> None:
        self._fund = fund
        self.made = 0
        """How many fresh ones there are: the next one's number follows from it."""

    def __getitem__(self, name: str) -> Keypair:
        if name.capitalize() not in DEV_NAMES:
            raise KeyError(name)
        return dev_key(name)

    def __getattr__(self, name: str) -> Keypair:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no development account {name!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(DEV_NAMES)

    def __len__(self) -> int:
        return len(DEV_NAMES)

    def fresh(self, tao: float = 1000) -> Keypair:
        """A new key pair that holds ``tao``: the same ones in the same order in every chain."""
        self.made += 1
        made = Keypair.from_uri(f"//fresh//{self.made}")
        if tao:
            self._fund(made.ss58_address, tao)
        return made
