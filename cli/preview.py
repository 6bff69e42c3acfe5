"""The preview of something that changes the chain: what, who signs, effects, fee, warnings.

Owns its three forms. Does not own when it is shown (submit.py) nor finding out what it says (the
client's plan).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from taokit.chain_client.redaction import redacted
from taokit.cli.call_text import call_lines, call_text
from taokit.cli.terminal import styled

if TYPE_CHECKING:
    from taokit.chain_client.extrinsics.submitter import Terms
    from taokit.chain_client.money import Tao
    from taokit.chain_client.networks import Network
    from taokit.chain_client.operations import Effect, Plan
    from taokit.cli.context import Run
    from taokit.cli.signing import Signing

__all__ = ["Preview", "summary_of"]

_INDENT = 11
_MOST_LINES = 12
"""Lines of a call, and effects, that a person is shown unless `-v` is given."""


@dataclass(frozen=True)
class Preview:
    """What would be sent, in the three forms."""

    plan: Plan
    summary: str
    network: Network
    signing: Signing
    terms: Terms

    def lines(self, run: Run) -> list[tuple[str, str]]:
        """Name and value, in order; effects and warnings may repeat their name."""
        plan, network = self.plan, self.network
        where = redacted(network.urls[0])
        lines = [
            ("network", where if network.name == where else f"{network.name} ({where})"),
            ("signer", f"{plan.signer} ({self.signing.label})"),
            ("call", call_text(plan.call, run.out.text)),
        ]
        lines += [("effect", self._effect(run, effect)) for effect in plan.effects]
        lines.append(("fee", run.out.text(plan.fee)))
        if self.terms.tip:
            lines.append(("tip", run.out.text(self._tip)))
        lines += [("warning", warning) for warning in plan.warnings]
        return lines

    def text(self, run: Run, stream: TextIO) -> str:
        """The preview for a person."""
        color = run.terminal.colored(stream)
        room = max(40, run.terminal.width() - _INDENT) if run.terminal.is_tty(stream) else 1 << 16
        lines = [styled(line, "bold", color) for line in _wrapped(self.summary, room + _INDENT)]
        most = 1 << 16 if run.out.verbosity else _MOST_LINES
        effects = 0
        for name, value in self.lines(run):
            effects += name == "effect"
            if name == "effect" and effects > most:
                continue
            if effects > most:
                lines.append(f"{'':{_INDENT}}and {effects - most} more (-v)")
                effects = 0
            style = "yellow" if name == "warning" else "dim"
            first, *rest = _wrapped(value, room)
            if name == "call":
                first, *rest = call_lines(self.plan.call, run.out.text, room)
                rest = [part for line in rest for part in _wrapped(line, room, hang="    ")]
                if len(rest) > most:
                    rest = [*rest[:most], f"and {len(rest) - most} more lines (-v)"]
            lines.append(f"  {styled(f'{name:<8}', style, color)} {first}")
            lines += [f"{'':{_INDENT}}{line}" for line in rest]
        return "\n".join(lines)

    def answer(self, run: Run) -> None:
        """The preview as the answer of a dry run."""
        if run.out.form == "json":
            run.out.document(self._document())
        elif run.out.form == "plain":
            run.terminal.out.writelines(f"{k}\t{v}\n" for k, v in self.lines(run))
        else:
            run.terminal.out.write(self.text(run, run.terminal.out) + "\n")

    def _effect(self, run: Run, effect: Effect) -> str:
        what = effect.what.replace(self.plan.signer, self.signing.name)
        if effect.before is None and effect.after is None:
            return what
        change = "not enough" if effect.impossible else run.out.text(effect.after)
        if effect.before is not None:
            change = f"{run.out.text(effect.before)} -> {change}"
        return f"{what}: {change}"

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


def _wrapped(text: str, room: int, *, hang: str = "") -> list[str]:
    wrapper = textwrap.TextWrapper(
        room, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )
    return wrapper.wrap(text) or [""]


def summary_of(run: Run, plan: Plan) -> str:
    """What is done, in a sentence; of a raw call, the call."""
    raw = plan.operation is plan.call
    return call_text(plan.call, run.out.text) if raw else plan.summary
