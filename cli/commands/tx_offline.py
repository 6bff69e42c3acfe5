"""``taokit tx show|sign|submit|metadata``: transactions that were written instead of sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.call_text import call_lines
from taokit.cli.document import jsonable
from taokit.cli.errors import UsageError
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.submit import How, Wait
from taokit.cli.tree import command, run_of

if TYPE_CHECKING:
    from taokit.chain_client.offline import OfflineTransaction
    from taokit.cli.context import Run

__all__ = ["add_to"]

File = Annotated[
    str, typer.Argument(metavar="FILE", help="The transaction: a file, its text, or - for stdin.")
]
Metadata = Annotated[
    str | None,
    typer.Option("--metadata", metavar="FILE", help="The chain's metadata, if not in the file."),
]
Qr = Annotated[bool, typer.Option("--qr", help="Draw it as a QR code too.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group."""
    command(app, "show", examples=["taokit tx show tx.json", "taokit tx show tx.json --qr"])(show)
    command(
        app,
        "sign",
        examples=["taokit tx sign tx.json -w alice", "taokit tx sign tx.json --out signed.json"],
        shows=WALLET,
    )(sign)
    command(app, "submit", examples=["taokit tx submit signed.json"], shows=NETWORK)(submit)
    command(app, "metadata", examples=["taokit tx metadata finney.metadata"], shows=NETWORK)(
        metadata
    )


def show(ctx: typer.Context, file: File, metadata: Metadata = None, qr: Qr = False) -> None:
    """Show what a transaction does, read from the metadata that it was made with; offline."""
    from taokit.cli import offline

    run = run_of(ctx)
    made = offline.read(file)
    fields = _fields(run, made, offline.metadata_from(metadata))
    if qr:
        offline.draw(run, made.text())
    run.out.record(fields, json=_document(fields, made))


def sign(
    ctx: typer.Context,
    file: File,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="Where to. [default: the same file]"),
    ] = None,
    metadata: Metadata = None,
    qr: Qr = False,
) -> None:
    """Sign a transaction after showing what it does; no network is needed."""
    from taokit.chain_client import offline as transactions
    from taokit.cli import offline
    from taokit.cli.policy import guard_of

    run = run_of(ctx)
    made = offline.read(file)
    given = offline.metadata_from(metadata)
    fields = _fields(run, made, given)
    run.out.note("\n".join(f"  {key:<11} {run.out.text(value)}" for key, value in fields.items()))
    signing = _key_of(run, made.signer)
    run.prompts.confirm("Sign this?")
    signing.unlock()
    guard = guard_of(run)
    import asyncio

    signed = asyncio.run(transactions.signed(made, signing.signer, metadata=given, guard=guard))
    target = out or ("-" if file == "-" or file.upper().startswith("TAOKIT-TX:") else file)
    offline.write(run, signed, target, qr=qr)


def submit(
    ctx: typer.Context,
    file: File,
    wait: Wait = None,
) -> None:
    """Send a signed transaction, from any machine, and follow it to a block."""
    from taokit.chain_client import offline as transactions
    from taokit.cli import offline
    from taokit.cli.submit import show_receipt

    run = run_of(ctx)
    made = offline.read(file)
    how = How.of(run, {"wait": wait})
    extrinsic = made.extrinsic
    summary = f"transaction {extrinsic.hash} of {made.signer}"
    until = how.until

    async def sending(chain: Any) -> Any:
        transactions.readable(made, await transactions.fetch_metadata(chain))
        submission = await transactions.submit(chain, made)
        run.sent.append(summary)
        if until is None:
            await submission.aclose()
            return None
        try:
            return await submission.wait(until, how.patience)
        finally:
            await submission.aclose()

    receipt = run.ask(sending, "sent; waiting for a block")
    if receipt is None:
        document = {"summary": summary, "extrinsic_hash": extrinsic.hash, "block": None}
        run.out.line(f"sent: {summary}", json=document)
    else:
        show_receipt(run, summary, receipt)


def metadata(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to write it.")],
) -> None:
    """Write the chain's metadata to a file, for a machine that signs without a network."""
    from taokit.chain_client import offline as transactions
    from taokit.wallet.atomic_file import write_file

    run = run_of(ctx)
    found = run.ask(transactions.fetch_metadata)
    write_file(Path(file).expanduser(), found, overwrite=True)
    hash_ = transactions.metadata_hash(found)
    version = run.client.runtime.spec_version
    run.out.line(
        f"metadata of runtime {version} written to {file} ({hash_})",
        json={"file": file, "spec_version": version, "metadata_hash": hash_},
    )


def _key_of(run: Run, address: str) -> Any:
    """The chosen wallet's key of that address: its coldkey, or else its hotkey."""
    from taokit.cli.signing import signing_key
    from taokit.wallet.errors import WalletNotFound

    found = []
    for kind in ("coldkey", "hotkey"):
        try:
            signing = signing_key(run, kind, offline=True)
        except WalletNotFound:
            continue
        if signing.signer.ss58_address == address:
            return signing
        found.append(signing.signer.ss58_address)
    has = ", ".join(found) or "no key"
    raise UsageError(
        f"the transaction is to be signed by {address}; the wallet has {has}",
        hint="choose the wallet of that address: -w NAME",
    )


def _fields(run: Run, made: OfflineTransaction, metadata: bytes | None) -> dict[str, Any]:
    from taokit.chain_client.money import Tao
    from taokit.chain_client.offline import readable

    found = readable(made, metadata)
    lines = call_lines(found.call, run.out.text, 76)
    return {
        "network": found.network,
        "signer": made.signer,
        "call": ("\n" + " " * 14).join(lines),
        "nonce": made.nonce,
        "tip": Tao(made.tip),
        "valid": _validity(made),
        "runtime": f"{made.spec_name} {made.spec_version}",
        "metadata": made.metadata_hash,
        "signed": made.extrinsic.hash if made.raw is not None else "no",
    }


def _validity(made: OfflineTransaction) -> str:
    if made.period is None:
        return "for ever"
    return f"in blocks {made.birth_block} to {made.last_block}"


def _document(fields: dict[str, Any], made: OfflineTransaction) -> dict[str, Any]:
    plain = {key: value for key, value in made.document().items() if key != "metadata"}
    hash_ = made.extrinsic.hash if made.raw is not None else None
    found = {"network": fields["network"], "text": made.text(), "extrinsic_hash": hash_}
    return {**found, "call_shown": fields["call"], **jsonable(plain)}
