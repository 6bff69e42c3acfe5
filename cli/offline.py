"""Transactions in files and QR codes: written instead of sent, read, signed, sent.

Owns files, ``-`` and the drawing of QR codes. Does not own what is in a transaction
(``taokit.chain_client.offline``).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from taokit.cli.errors import UsageError
from taokit.wallet.errors import CannotSign, WalletNotFound

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.client import ChainClient
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.chain_client.offline import OfflineTransaction
    from taokit.chain_client.operations import Operation
    from taokit.cli.context import Run
    from taokit.cli.signing import Signing
    from taokit.wallet import Signer

__all__ = ["draw", "metadata_from", "read", "write", "write_instead"]


def write_instead(
    run: Run,
    what: Operation | Call,
    signing: Signing,
    terms: Terms,
    *,
    target: str,
    unsigned: bool,
    qr: bool,
    summary: str,
) -> None:
    """Write the transaction to ``target`` instead of sending it.

    It is signed where the key is here, unless ``unsigned``.
    """
    from taokit.chain_client import offline

    made = run.ask(lambda chain: offline.unsigned(chain, what, signing.signer, terms))
    if not unsigned:
        try:
            signing.unlock()
        except (WalletNotFound, CannotSign):
            run.out.note("the key is not on this machine: the transaction is not signed")
        else:
            made = run.ask(lambda chain: _signed(chain, made, signing.signer))
    write(run, made, target, qr=qr, summary=summary)


async def _signed(
    chain: ChainClient, made: OfflineTransaction, signer: Signer
) -> OfflineTransaction:
    from taokit.chain_client import offline

    if chain.guard is not None:
        await chain.guard.admit(chain, made.call, made.signer, nonce=made.nonce, tip=made.tip)
    return await offline.signed(made, signer)


def write(
    run: Run, made: OfflineTransaction, target: str, *, qr: bool, summary: str | None = None
) -> None:
    """Write a transaction to a file, or as one line of text to stdout for ``-``."""
    state = "unsigned" if made.raw is None else "signed"
    if qr:
        draw(run, made.text())
    if target == "-":
        run.terminal.out.write(made.text() + "\n")
        return
    path = Path(target).expanduser()
    _replace(path, json.dumps(made.document(), indent=2) + "\n")
    document = {
        "summary": summary,
        "file": str(path),
        "signed": made.raw is not None,
        "signer": made.signer,
        "nonce": made.nonce,
        "last_block": made.last_block,
        "extrinsic_hash": None if made.raw is None else made.extrinsic.hash,
    }
    about = f": {summary}" if summary else ""
    run.out.line(f"{state} transaction written to {path}{about}", json=document)
    if made.raw is None:
        run.out.next(f"taokit tx sign {path}   (where the key is)")
    else:
        run.out.next(f"taokit tx submit {path}   (where a network is)")


def read(target: str) -> OfflineTransaction:
    """The transaction in a file, in stdin for ``-``, or in the argument itself."""
    from taokit.chain_client.offline import OfflineTransaction

    if target.upper().startswith("TAOKIT-TX:"):
        return OfflineTransaction.parse(target)
    try:
        raw = sys.stdin.buffer.read() if target == "-" else Path(target).expanduser().read_bytes()
        return OfflineTransaction.parse(raw.decode())
    except FileNotFoundError:
        raise UsageError(f"there is no file {target}") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{target} is not text") from None


def metadata_from(target: str | None) -> bytes | None:
    """The metadata in a file that ``taokit tx metadata`` wrote."""
    if target is None:
        return None
    try:
        return Path(target).expanduser().read_bytes()
    except OSError as error:
        said = (error.strerror or "").lower()
        raise UsageError(f"{target} cannot be read: {said}") from None


def draw(run: Run, text: str) -> None:
    """The text as a QR code on stderr, where a person looks."""
    import io

    import segno

    drawn = io.StringIO()
    try:
        segno.make_qr(text, error="l").terminal(drawn, compact=True)
    except segno.DataOverflowError:
        raise UsageError(
            f"the transaction is too long for a QR code ({len(text)} characters)",
            hint="leave out --qr and carry the file",
        ) from None
    run.terminal.err.write(drawn.getvalue())
    run.terminal.err.flush()


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    from taokit.wallet.atomic_file import write_file

    write_file(path, text.encode(), overwrite=True)
