"""Reads: everything that can be asked of the chain, one declared function each.

Owns the registry and the discovery of reads. A read is an async function of a connected client,
marked ``@read``; the registry derives the ``query`` command, its options, its help, its JSON and
its schema from the declaration. Adding a read is writing one function in any module of this
package: there is no list to extend.

Declaring one (``reads/balances.py``)::

    @dataclass(frozen=True)
    class Balance:
        '''What one account owns, in TAO.'''
        address: str
        free: Tao
        reserved: Tao
        frozen: Tao

    @read("balance", group="accounts")
    async def balance(
        chain: ChainClient, address: Annotated[Account, Arg("Whose balance.")]
    ) -> Balance:
        '''Free, reserved and frozen TAO of an account.'''
        account = await chain.query("System", "Account", address)
        ...

From Python the function itself is the method, fully typed::

    from taokit.chain_client.reads.balances import balance
    held = await balance(chain, address="5Grw...")       # -> Balance
    async with chain.at(1200):                           # any read at any block
        then = await balance(chain, address="5Grw...")
    held = client.run(balance, address="5Grw...")        # the same through blocking.Client

From a command or a program that works by name::

    from taokit.chain_client.reads import all_reads, get_read
    for entry in all_reads().values():                   # sorted by name
        entry.name            # "balance"
        entry.group           # "accounts"
        entry.help            # first line of the docstring
        entry.description     # the whole docstring
        entry.parameters      # tuple[Parameter]: name, kind, help, required, default, nullable
        entry.json_schema()   # of the arguments
    entry = get_read("balance")                          # UnknownRead, with near names
    result = await entry.call(chain, {"address": "5Grw..."})   # text or JSON in, typed out
    from taokit.chain_client.jsonable import to_json
    to_json(result)     # {"address": "5Grw...", "free": {"rao": 1500000000, "unit": "TAO"}, ...}

A result is a frozen dataclass, a tuple of them, one amount, or ``None`` where the chain has no
such thing.
"""

from __future__ import annotations

from taokit.chain_client.reads.registry import Read, all_reads, get_read, read

__all__ = ["Read", "all_reads", "get_read", "read"]
