"""One way for everything that changes the chain: plan, preview, confirm, unlock, send, receipt.

Owns that order. Does not own what an operation does or how it is signed: an operation (or a raw
call) comes in, the client plans and submits it. What is shown before is preview.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taokit.cli.connection import has_real_money, network_of
from taokit.cli.document import dumps, jsonable
from taokit.cli.errors import UsageError
from taokit.cli.preview import Preview, summary_of
from taokit.cli.remedy import remedies_filled
from taokit.cli.signing import Signing, signing_key

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.extrinsics.receipt import Receipt
    from taokit.chain_client.extrinsics.submission import WaitFor
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.chain_client.operations import Operation, Plan
    from taokit.cli.context import Run

__all__ = [
    "SUBMIT_OPTIONS",
    "Confirm",
    "DryRun",
    "How",
    "Period",
    "ProxyFor",
    "Simulate",
    "Tip",
    "Wait",
    "keep",
    "show_receipt",
    "submit",
]

_WAITS: dict[str, WaitFor | None] = {
    "inclusion": "inclusion",
    "finalization": "finality",
    "none": None,
}

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and stop.")]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Run it on a layer thrown away, show what changes.")
]
Wait = Annotated[
    str | None, typer.Option(metavar="HOW", help="Follow it to inclusion, finalization or none.")
]
Confirm = Annotated[
    str | None, typer.Option(metavar="NAME", help="Confirm a grave step by the wallet's name.")
]
Tip = Annotated[
    str | None, typer.Option(metavar="AMOUNT", help="TAO beside the fee, to be taken sooner.")
]
Period = Annotated[
    int | None,
    typer.Option(
        "--period", "--era", metavar="N", help="Blocks it may wait, 0 for ever. [default: 64]"
    ),
]
Nonce = Annotated[
    int | None, typer.Option("--nonce", metavar="N", help="Its place among the signer's own.")
]
SignOnly = Annotated[
    str | None,
    typer.Option(
        "--sign-only",
        metavar="FILE",
        help="Write it instead of sending: signed, if the key is here.",
    ),
]
Unsigned = Annotated[
    bool, typer.Option("--unsigned", help="With --sign-only: leave signing to another machine.")
]
Qr = Annotated[bool, typer.Option("--qr", help="With --sign-only: draw it as a QR code too.")]
MevProtection = Annotated[
    bool,
    typer.Option(
        "--mev-protection/--no-mev-protection",
        help="Send it encrypted: nobody can trade ahead of it. Costs a second fee.",
    ),
]
ProxyFor = Annotated[
    str | None,
    typer.Option(
        "--proxy-for", "--proxy", metavar="ADDRESS", help="Act for ADDRESS, as its proxy."
    ),
]
_Hidden = Annotated[bool | None, typer.Option(hidden=True)]

# Options of every command that sends something: name, annotation and default. The hidden ones are
# btcli's.
SUBMIT_OPTIONS: dict[str, tuple[Any, Any]] = {
    "dry_run": (DryRun, False),
    "simulate": (Simulate, False),
    "wait": (Wait, None),
    "confirm": (Confirm, None),
    "tip": (Tip, None),
    "period": (Period, None),
    "proxy_for": (ProxyFor, None),
    "announce_only": (Annotated[bool, typer.Option("--announce-only", hidden=True)], False),
    "nonce": (Nonce, None),
    "sign_only": (SignOnly, None),
    "unsigned": (Unsigned, False),
    "qr": (Qr, False),
    "mev_protection": (MevProtection, False),
    "wait_for_inclusion": (_Hidden, None),
    "wait_for_finalization": (_Hidden, None),
}


@dataclass(frozen=True)
class How:
    """How one operation is to be sent."""

    dry_run: bool
    simulate: bool
    wait: str
    confirm: str | None
    patience: float
    """Seconds to wait for an outcome."""
    terms: Terms
    """Tip, mortality and nonce."""
    sign_only: str | None = None
    """The file that it is written to instead of being sent; ``-`` is stdout."""
    unsigned: bool = False
    qr: bool = False
    real: str | None = None
    """The account that it is done for, by its proxy."""
    announce: bool = False
    """Whether that is only announced, for a proxy with a delay."""

    @property
    def until(self) -> WaitFor | None:
        """What the client is asked to wait for."""
        return _WAITS[self.wait]

    @classmethod
    def of(cls, run: Run, values: Mapping[str, Any]) -> How:
        """From the options of the command, then the settings."""
        wait = values.get("wait") or run.settings["wait"]
        if values.get("wait_for_finalization"):
            wait = "finalization"
        elif values.get("wait_for_inclusion") is False:
            wait = "none"
        if wait not in _WAITS:
            raise UsageError(f"cannot wait for {wait!r}", hint=f"--wait {'|'.join(_WAITS)}")
        patience = float(run.settings["timeout.outcome"])
        dry_run, confirm = bool(values.get("dry_run")), values.get("confirm")
        simulate = bool(values.get("simulate"))
        target = values.get("sign_only")
        unsigned, qr = bool(values.get("unsigned")), bool(values.get("qr"))
        if target is None and (unsigned or qr):
            raise UsageError("--unsigned and --qr need --sign-only", hint="--sign-only FILE")
        terms = _terms(values)
        if target is not None and terms.shielded:
            why = "its author's key is known for seconds only: encrypt when it is sent"
            raise UsageError("--sign-only and --mev-protection exclude each other", hint=why)
        real, announce = _real(run, values)
        return cls(
            dry_run,
            simulate,
            str(wait),
            confirm,
            patience,
            terms,
            target,
            unsigned,
            qr,
            real,
            announce,
        )

    def wrapped(self, what: Operation | Call) -> Operation | Call:
        """``what`` as it is sent: by a proxy, where it is done for another account."""
        if self.real is None:
            return what
        if self.announce:
            from taokit.chain_client.operations.announcements import AnnounceCall

            return AnnounceCall(self.real, what)
        from taokit.chain_client.operations.wrappers import ForProxy

        return ForProxy(what, self.real)


def _real(run: Run, values: Mapping[str, Any]) -> tuple[str | None, bool]:
    """For whom it is done, and whether that is only announced."""
    given, announce = values.get("proxy_for"), bool(values.get("announce_only"))
    if given is None:
        if announce:
            raise UsageError("--announce-only needs to know for whom", hint="--proxy-for ADDRESS")
        return None, False
    from taokit.cli.addresses import resolve

    return resolve(run, given), announce


def _terms(values: Mapping[str, Any]) -> Terms:
    from taokit.chain_client.extrinsics.submitter import DEFAULT_PERIOD, Terms
    from taokit.chain_client.money import Tao

    tip, period = values.get("tip"), values.get("period")
    return Terms(
        tip=0 if tip is None else Tao.parse(tip).rao,
        period=DEFAULT_PERIOD if period is None else period or None,
        nonce=values.get("nonce"),
        shielded=bool(values.get("mev_protection")),
    )


def submit(
    run: Run, what: Operation | Call, how: How, *, key: str, danger: str, next_step: str = ""
) -> None:
    """Take one operation from plan to receipt. ``key`` is "coldkey" or "hotkey"."""
    what = how.wrapped(what)
    if run.collected is not None:
        run.collected.append(what)
        return
    signing = signing_key(run, key, offline=how.simulate)
    with remedies_filled(run, what, signing, key):
        _submit(run, what, how, signing, danger=danger)
    if next_step and not (how.simulate or how.dry_run or how.sign_only or how.until is None):
        run.out.next(next_step)


def _submit(run: Run, what: Operation | Call, how: How, signing: Signing, *, danger: str) -> None:
    plan = run.ask(lambda chain: chain.plan(what, signing.signer.ss58_address, how.terms))
    preview = Preview(plan, summary_of(run, plan), network_of(run), signing, how.terms)
    if how.simulate:
        from taokit.cli.simulation import simulate

        simulate(run, preview)
        return
    if how.dry_run:
        preview.answer(run)
        if plan.problem is not None:
            raise plan.problem
        return
    if plan.problem is not None:
        raise plan.problem
    if how.sign_only is not None:
        run.out.note(preview.text(run, run.terminal.err))
        _write(run, preview, how, how.sign_only)
        return
    if danger == "mild":
        for warning in plan.warnings:
            run.out.warn(warning)
    else:
        run.out.note(preview.text(run, run.terminal.err))
        if not run.on_local_chain:
            _confirm(run, preview, danger, signing.name, how.confirm)
    signing.unlock()
    keep(run, plan)
    run.sent.append(preview.summary)
    if how.until is None:
        with _warnings_in_hint(plan):
            sent = run.ask(
                lambda chain: chain.send(plan.operation, signing.signer, how.terms, watch=False)
            )
        document = {"summary": preview.summary, "extrinsic_hash": sent.hash, "block": None}
        run.out.line(f"sent: {preview.summary} (transaction {sent.hash})", json=document)
        return
    until = how.until
    with _warnings_in_hint(plan):
        receipt = run.ask(
            lambda chain: chain.submit(
                plan.operation, signing.signer, how.terms, until=until, timeout=how.patience
            ),
            f"sent; waiting for {how.wait}",
        )
        show_receipt(run, preview.summary, receipt)


def _write(run: Run, preview: Preview, how: How, target: str) -> None:
    from taokit.cli.offline import write_instead

    keep(run, preview.plan)
    write_instead(
        run,
        preview.plan.operation,
        preview.signing,
        how.terms,
        target=target,
        unsigned=how.unsigned,
        qr=how.qr,
        summary=preview.summary,
    )


def keep(run: Run, plan: Plan) -> None:
    """Write down what a later command needs and nobody else knows: before it is sent."""
    committed = getattr(plan.operation, "committed", None)
    if committed is None:
        return
    from taokit.cli.kept_weights import commit_files

    path = commit_files(run).add(getattr(plan.operation, "real", plan.signer), committed)
    run.out.detail(f"kept what revealing takes in {path}")


@contextmanager
def _warnings_in_hint(plan: Plan) -> Iterator[None]:
    """When the chain says "too soon" and the like, the plan's warnings say how long to wait."""
    from taokit.chain_client.errors import ChainError

    try:
        yield
    except ChainError as error:
        if error.retryable and plan.warnings:
            error.hint = "; ".join([*([error.hint] if error.hint else ()), *plan.warnings])
        raise


def show_receipt(run: Run, summary: str, receipt: Receipt) -> None:
    """The receipt on stdout; raises the typed error of a call that failed in its block."""
    receipt.raise_for_failure()
    if run.out.form == "json":
        run.out.document({"summary": summary, **jsonable(receipt)})
        return
    fee = receipt.fee_in_alpha or receipt.fee
    done = f"done in block {receipt.block.number}: {summary} (fee {run.out.money(fee)})"
    run.out.line(run.out.sentence(done))
    run.out.detail(f"transaction {receipt.extrinsic_hash} in block {receipt.block.hash}")
    for event in receipt.events:
        run.out.detail(f"event {event}: {dumps(event.fields, indent=None)}", level=2)


def _confirm(run: Run, preview: Preview, danger: str, wallet: str, given: str | None) -> None:
    where = f" on {preview.network.name}"
    money = " (real TAO)" if has_real_money(run) else ""
    if danger == "severe":
        question = f"This cannot be undone{where}{money}."
        run.prompts.confirm_by_name(question, wallet, given, spared="nothing was sent")
    else:
        run.prompts.confirm(f"Send this{where}{money}?")
