"""What can be wrong with a response besides its tokens: its length, its end, its bill, its text.

Owns those checks and their order. Does not own the test of the model (``audit``). What a miner says
is held against what was asked and against its own tokens first, since that costs nothing; the end
of the response then against the reference, whose own choice of token tells an end that was forced
from one that was due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taokit.neuron.messages import Reason
from taokit.subnet_templates.inference.sampling import CLIP, Retrace, Sampling
from taokit.subnet_templates.inference.tokens import Tokenizer

__all__ = ["DUE", "Claim", "Finding", "Order", "check_claim", "check_end"]

DUE = 1.0
"""By how much an end must be preferred (or missed) to be called due (or forced): honest engines
differ by hundredths, and one token is too little for statistics."""

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Order:
    """What was asked: prompt ids, how to draw, the most tokens to write."""

    prompt: tuple[int, ...]
    how: Sampling
    max_tokens: int


@dataclass(frozen=True)
class Claim:
    """What a miner says it wrote: output ids with the ending one, their text, its end, its bill."""

    token_ids: tuple[int, ...]
    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the numbers that show it."""

    reason: Reason
    detail: str


def check_claim(order: Order, claim: Claim, tokenizer: Tokenizer) -> Finding | None:
    """Hold a claim against what was asked and against itself. None when nothing is wrong."""
    ids, eos = claim.token_ids, tokenizer.eos
    if not ids:
        return Finding(Reason.TRUNCATED, "no token was written")
    if any(not 0 <= token < tokenizer.vocab for token in ids):
        return Finding(Reason.MALFORMED, "an id is outside the vocabulary")
    if len(ids) > order.max_tokens:
        return Finding(Reason.USAGE, f"{len(ids)} tokens, {order.max_tokens} were asked for")
    if any(token in eos for token in ids[:-1]):
        return Finding(Reason.USAGE, "tokens follow the end")
    billed, wrote = claim.completion_tokens, len(ids)
    if (claim.prompt_tokens, billed) != (len(order.prompt), wrote):
        return Finding(
            Reason.USAGE,
            f"billed {claim.prompt_tokens} + {billed}, true are {len(order.prompt)} + {wrote}",
        )
    if claim.text != tokenizer.decode(ids):
        return Finding(Reason.MALFORMED, "the text is not that of the tokens")
    if claim.finish_reason == "stop" and ids[-1] not in eos:
        return Finding(Reason.TRUNCATED, "said to have ended, without an ending token")
    if claim.finish_reason == "length" and wrote < order.max_tokens:
        return Finding(Reason.TRUNCATED, f"{wrote} of {order.max_tokens} tokens, and no end")
    return None


def check_end(claim: Claim, traced: Retrace, tokenizer: Tokenizer) -> Finding | None:
    """Hold the end against the reference's own choices. None when it was due."""
    margins, last = traced.margins, len(claim.token_ids) - 1
    if claim.token_ids[last] in tokenizer.eos and margins[last] > DUE:
        missed = f"at least {CLIP}" if margins[last] >= CLIP else f"{margins[last]:.2f}"
        return Finding(Reason.TRUNCATED, f"ended at {last + 1}, which misses by {missed}")
    for at, choice in enumerate(traced.choices):
        if int(choice) in tokenizer.eos and margins[at] > DUE:
            return Finding(Reason.USAGE, f"went on past its end, due at {at + 1}")
    return None
