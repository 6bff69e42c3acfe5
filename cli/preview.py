"""The preview of something that changes the chain: what, who signs, effects, fee, warnings.

Owns its three forms. Does not own when it is shown (submit.py) nor finding out what it says (the
client's plan).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from taokit.cli.call_text import call_text
from taokit.cli.terminal import styled

if TYPE_CHECKING:
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.chain_client.money import Tao
    from taokit.chain_client.networks import Network
    from taokit.chain_client.operations import Effect, Plan
    from taokit.cli.context import Run

__all__ = ["Preview", "summary_of"]


@dataclass(frozen=True)
class Preview:
    """What would be sent, in the three forms."""

    plan: Plan
    summary: str
    network: Network
    label: str
    terms: Terms

    def lines(self, run: Run) -> list[tuple[str, str]]:
        """Name and value, in order; effects and warnings may repeat their name."""
        plan, network = self.plan, self.network
        where = network.urls[0]
        lines = [
            ("network", where if network.name == where else f"{network.name} ({where})"),
            ("signer", f"{plan.signer} ({self.label})"),
            ("call", call_text(plan.call, run.out.text)),
        ]
        lines += [("effect", _effect(run, effect)) for effect in plan.effects]
        lines.append(("fee", run.out.text(plan.fee)))
        if self.terms.tip:
            lines.append(("tip", run.out.text(self._tip)))
        lines += [("warning", warning) for warning in plan.warnings]
        return lines

    def text(self, run: Run, stream: TextIO) -> str:
        """The preview for a person."""
        color = run.terminal.colored(stream)
        lines = [styled(self.summary, "bold", color)]
        for name, value in self.lines(run):
            style = "yellow" if name == "warning" else "dim"
            lines.append(f"  {styled(f'{name:<8}', style, color)} {value}")
        return "\n".join(lines)

    def answer(self, run: Run) -> None:
        """The preview as the answer of a dry run."""
        if run.out.form == "json":
            run.out.document(self._document())
        elif run.out.form == "plain":
            run.terminal.out.writelines(f"{k}\t{v}\n" for k, v in self.lines(run))
        else:
            run.terminal.out.write(self.text(run, run.terminal.out) + "\n")

    @property
    def _tip(self) -> Tao:
        from taokit.chain_client.money import Tao

        return Tao(self.terms.tip)

    def _document(self) -> dict[str, Any]:
        plan = self.plan
        return {
            "dry_run": True,
            "summary": self.summary,
            "network": self.network.name,
            "signer": plan.signer,
            "call": plan.call,
            "effects": list(plan.effects),
            "warnings": list(plan.warnings),
            "fee": plan.fee,
            "tip": self._tip,
            "period": self.terms.period,
            "problem": plan.problem,
        }


def summary_of(run: Run, plan: Plan) -> str:
    """What is done, in a sentence; of a raw call, the call."""
    raw = plan.operation is plan.call
    return call_text(plan.call, run.out.text) if raw else plan.summary


def _effect(run: Run, effect: Effect) -> str:
    if effect.before is None and effect.after is None:
        return effect.what
    change = run.out.text(effect.after)
    if effect.before is not None:
        change = f"{run.out.text(effect.before)} -> {change}"
    return f"{effect.what}: {change}"
