"""A deposit address for every account, made of one public key.

Owns which address belongs to whom. Does not own watching them (``deposits``).

The gateway knows a public key only. The address of the ``n``-th account is the public key's soft
derivation ``/n`` (sr25519), so that whoever has the secret, on another machine, can move what was
deposited: it is at ``<secret>/n``. The key should be made for this alone: who learns the secret of
one address and the public key can compute the secret of all, as with every soft derivation.
"""

from __future__ import annotations

from taokit.neuron.errors import ConfigError
from taokit.neuron.gateway.errors import NotFound
from taokit.neuron.store import KeyValues, Store
from taokit.wallet import schemes, ss58
from taokit.wallet.derivation import Junction

__all__ = ["SPACE", "DepositAddresses"]

SPACE = "gateway:deposits"
_MASTER = "master"


class DepositAddresses:
    """The addresses in a store. ``master`` is the SS58 address of an sr25519 key.

    Raises ConfigError when addresses of another key were given out before.
    """

    def __init__(self, store: Store, master: str) -> None:
        self._store = store
        self._public = ss58.decode(master)
        kept = KeyValues(store, SPACE)
        known = kept.get(_MASTER)
        if known is None:
            kept.set(_MASTER, ss58.encode(self._public))
        elif ss58.decode(known) != self._public:
            raise ConfigError(
                f"deposit addresses of {known} were given out, not of {master}",
                hint="keep that key, or begin with an empty store",
            )

    def of(self, account: str) -> str:
        """The address of an account, always the same. Raises NotFound."""
        with self._store.transaction():
            row = self._store.row(
                "SELECT address FROM gateway_addresses WHERE account = ?", (account,)
            )
            if row is not None:
                return str(row["address"])
            known = self._store.row("SELECT 1 FROM gateway_accounts WHERE id = ?", (account,))
            if known is None:
                raise NotFound(f"there is no account {account}", hint="open one first")
            last = self._store.row("SELECT max(number) AS n FROM gateway_addresses")
            number = 0 if last is None or last["n"] is None else last["n"] + 1
            address = self._derived(number)
            self._store.execute(
                "INSERT INTO gateway_addresses (address, account, number) VALUES (?, ?, ?)",
                (address, account, number),
            )
            return address

    def owner(self, address: str) -> str | None:
        """Whose address it is."""
        row = self._store.row("SELECT account FROM gateway_addresses WHERE address = ?", (address,))
        return None if row is None else str(row["account"])

    def path(self, account: str) -> str:
        """What to append to the master's secret to get the secret of an account's address."""
        row = self._store.row("SELECT number FROM gateway_addresses WHERE account = ?", (account,))
        if row is None:
            raise NotFound(f"account {account} has no deposit address")
        return f"/{row['number']}"

    def _derived(self, number: int) -> str:
        code = Junction.from_text(str(number), hard=False).chain_code
        return ss58.encode(schemes.derive_soft_public(self._public, code))
