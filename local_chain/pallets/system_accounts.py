"""Accounts as System keeps them: nonces, and what holds each alive."""

from __future__ import annotations

from taokit.local_chain.frame.errors import ConsumerRemaining
from taokit.local_chain.pallets.system_base import SystemBase


class SystemAccounts(SystemBase):
    """Nonces and reference counts."""

    def exists(self, who: bytes) -> bool:
        """True if something keeps the account alive."""
        info = self.account.get(who)
        return bool(info.providers or info.sufficients)

    def inc_nonce(self, who: bytes) -> None:
        """Use up the account's nonce."""
        info = self.account.get(who)
        self.account.insert(who, info.replace(nonce=info.nonce + 1))

    def inc_providers(self, who: bytes) -> None:
        """Let one thing more keep the account alive."""
        info = self.account.get(who)
        self.account.insert(who, info.replace(providers=info.providers + 1))
        if not info.providers and not info.sufficients:
            self.deposit(self.Event.NewAccount(who))

    def dec_providers(self, who: bytes) -> None:
        """Let one thing less keep the account alive; without any it ends.

        ConsumerRemaining if something still uses an account that only this one kept.
        """
        info = self.account.get(who)
        if info.providers > 1 or (info.sufficients and not info.consumers):
            self.account.insert(who, info.replace(providers=max(info.providers - 1, 0)))
        elif info.consumers:
            raise ConsumerRemaining
        elif self.account.contains(who):
            self.account.remove(who)
            self.deposit(self.Event.KilledAccount(who))
