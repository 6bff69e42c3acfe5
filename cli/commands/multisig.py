"""``taokit multisig``: accounts that several sign for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from taokit.cli.errors import UsageError
from taokit.cli.global_options import NETWORK, WALLET
from taokit.cli.multisig_sets import SignerSet, chosen_set, load, save, sets_path
from taokit.cli.table import Column
from taokit.cli.tree import command, group, run_of

if TYPE_CHECKING:
    from taokit.chain_client.reads.multisigs import Proposal
    from taokit.cli.context import Run

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A set saved by `create`.")]
Signatories = Annotated[
    str | None, typer.Option(metavar="ADDRESS,ADDRESS", help="Everybody who signs for it.")
]
Threshold = Annotated[
    int | None, typer.Option(metavar="N", help="How many of them have to approve.")
]


def _operations() -> typer.Typer:
    from taokit.cli.operation_commands import operations_of

    return operations_of(
        "multisig",
        examples={
            "propose": [
                "taokit multisig propose --multisig treasury -w ann -- wallet transfer --to 5G... "
                "-a 1",
                "taokit multisig propose --multisig treasury -w ann -- stake add --netuid 1 -a 10 "
                "--hotkey 5F...",
            ],
            "approve": ["taokit multisig approve --multisig treasury --call-hash 0x... -w ben"],
            "execute": ["taokit multisig execute --multisig treasury --call-hash 0x... -w cid"],
            "cancel": ["taokit multisig cancel --multisig treasury --call-hash 0x... -w ann"],
        },
    )


app = group(more=_operations)


@command(
    app,
    "create",
    examples=[
        "taokit multisig create treasury --signatories ann,ben,5F... --threshold 2",
        "taokit multisig create --signatories 5F...,5G... --threshold 2 --json",
    ],
    shows=WALLET[2:3],
)
def create(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Save the set under this name.")
    ] = None,
    signatories: Signatories = None,
    threshold: Threshold = None,
) -> None:
    """Compute the address of a multisig, and save who signs for it. Nothing is sent.

    The account exists by being paid: whoever knows its address can send to it.
    """
    from taokit.cli.address_book import entry

    run = run_of(ctx)
    found = chosen_set(run, None, signatories, threshold)
    if name is not None:
        entry(name, found.address)  # the rules for names are the address book's
        path = sets_path(run)
        known = load(path)
        if name in known and known[name].address != found.address:
            raise UsageError(
                f"there is another multisig named {name}",
                hint="choose another name, or `taokit multisig remove` that one",
            )
        save(path, {**known, name: SignerSet(name, found.signatories, found.threshold)})
    fields: dict[str, object] = {
        "name": name,
        "address": found.address,
        "threshold": found.threshold,
        "signatories": list(found.signatories),
    }
    if run.out.form == "json":
        run.out.document(fields)
        return
    del fields["signatories"]
    run.out.record({**fields, **_numbered(found)})
    if name is not None:
        run.out.next(f"taokit multisig propose --multisig {name} -w WALLET -- COMMAND ...")


@command(app, "remove", examples=["taokit multisig remove treasury"])
def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The saved set.")],
) -> None:
    """Forget who signs for a multisig. Nothing changes on the chain."""
    run = run_of(ctx)
    found = chosen_set(run, name, None, None)
    path = sets_path(run)
    save(path, {key: one for key, one in load(path).items() if key != name})
    run.out.line(f"forgot {name} ({found.address})", json={"removed": name})


@command(app, "list", examples=["taokit multisig list", "taokit multisig list --json"])
def list_sets(ctx: typer.Context) -> None:
    """List the saved multisigs, with their addresses and who signs for them."""
    run = run_of(ctx)
    rows = [
        {
            "name": one.name,
            "address": one.address,
            "threshold": one.threshold,
            "signatories": list(one.signatories),
        }
        for one in load(sets_path(run)).values()
    ]
    columns = [
        Column("name", "Name", priority=9),
        Column("address", "Address", address=True, priority=8),
        Column("threshold", "Approvals", right=True, priority=7),
        Column("signatories", "Signatories", right=True, priority=6, show=lambda v: str(len(v))),
    ]
    run.out.table(columns, rows, empty="no multisigs are saved: `taokit multisig create NAME ...`")


@command(
    app,
    "show",
    examples=["taokit multisig show treasury", "taokit multisig show --address 5F... --json"],
    shows=NETWORK,
)
def show(
    ctx: typer.Context,
    name: Name = None,
    signatories: Signatories = None,
    threshold: Threshold = None,
    address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="By the account's address alone.")
    ] = None,
) -> None:
    """Show a multisig's balance, and the calls that wait for approvals."""
    from taokit.chain_client.reads.balances import balance
    from taokit.chain_client.reads.multisigs import multisig
    from taokit.cli.addresses import resolve

    run = run_of(ctx)
    found = None if address else chosen_set(run, name, signatories, threshold)
    account = resolve(run, address) if address else found.address if found else ""
    held = run.ask(lambda chain: balance(chain, account), "reading the multisig")
    open_ = run.ask(lambda chain: multisig(chain, account))
    if run.out.form == "json":
        run.out.document(
            {
                "name": found.name or None if found else None,
                "address": account,
                "threshold": found.threshold if found else None,
                "signatories": list(found.signatories) if found else None,
                "balance": held,
                "proposals": open_,
            }
        )
        return
    fields: dict[str, object] = {"address": account, "free": held.free}
    if found is not None:
        fields["approvals needed"] = found.threshold
        fields |= _numbered(found)
    if run.out.form == "plain":
        fields |= {f"proposal {place}": one.call_hash for place, one in enumerate(open_, 1)}
    run.out.record(fields)
    if run.out.form == "plain":
        return
    for one in open_:
        run.out.note("")
        run.out.record(_proposal_fields(run, one, found))
    if not open_:
        run.out.note("nothing is proposed")


def _numbered(found: SignerSet) -> dict[str, object]:
    return {f"signatory {place}": one for place, one in enumerate(found.signatories, 1)}


def _proposal_fields(run: Run, one: Proposal, found: SignerSet | None) -> dict[str, object]:
    from taokit.cli.call_text import call_text

    needed = f" of {found.threshold}" if found else ""
    unknown = "not in the block that proposed it: ask who proposed it"
    return {
        "proposal": one.call_hash,
        "call": unknown if one.call is None else call_text(one.call, run.out.text),
        "approvals": f"{len(one.approvals)}{needed}",
        "approved by": ", ".join(one.approvals),
        "proposed by": one.depositor,
        "in block": one.height,
    }
