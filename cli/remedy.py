"""Remedies as they are shown: with the subnet, keys, wallet and network of the command put in.

Owns finding what belongs in place of the capitals of a remedy. Does not own remedies
(``chain_client.remedies``).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from taokit.wallet.errors import TaokitError

if TYPE_CHECKING:
    from taokit.cli.context import Run
    from taokit.cli.signing import Signing

__all__ = ["remedies_filled"]


@contextmanager
def remedies_filled(run: Run, what: Any, signing: Signing, key: str) -> Iterator[None]:
    """Put what is known of the command into the hint of a refusal that passes through.

    ``what`` is the operation or call, ``key`` whether the signer is a coldkey or a hotkey.
    """
    try:
        yield
    except TaokitError as error:
        if error.hint:
            from taokit.chain_client.remedies import filled, values_of

            known = {"WALLET": shlex.quote(signing.name), key.upper(): signing.signer.ss58_address}
            known |= values_of(what)
            error.hint = filled(error.hint, known, further=_further(run))
        _how_to_wait(run, error)
        raise


def _further(run: Run) -> str:
    """The options that every other command needs too, because this one was given them."""
    given = {"--network": run.flags.network, "--wallet-path": run.flags.wallet_path}
    return "".join(f" {name} {shlex.quote(value)}" for name, value in given.items() if value)


def _how_to_wait(run: Run, error: TaokitError) -> None:
    """On a local chain nobody has to wait: its blocks can be made."""
    blocks = getattr(error, "retry_after_blocks", None)
    if blocks and run.on_local_chain:
        mine = f"`taokit localnet mine {blocks}{_further(run)}`"
        error.hint = "; ".join(
            [
                *([error.hint] if error.hint else ()),
                f"{mine} makes {'it' if blocks == 1 else 'them'}",
            ]
        )
