"""Training a buyer's model: what a gateway asks of a miner, and what the miner does.

Owns these two messages and the miner's side. Does not own jobs, nor whether the result is any good
(``jobs``: it is measured, not believed).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from taokit.neuron.errors import HandlerRefused
from taokit.neuron.messages import Hex32, Message
from taokit.subnet_templates.training.tensors import BadTensors, dump, load

if TYPE_CHECKING:
    from taokit.subnet_templates.training.contributing import Contributor

__all__ = ["MOST_STEPS", "PATH", "TuneRequest", "Tuned", "answer_of", "params_of", "tuned"]

Floats = np.ndarray[Any, np.dtype[np.float32]]
PATH = "/v1/tune"
MOST_STEPS = 10_000
MOST_RATE = 0.1


class TuneRequest(Message):
    """Train the state ``base`` on ``data``: pages of ``length`` bytes end to end, in base64."""

    base: Hex32
    data: str
    length: Annotated[int, Field(ge=2, le=1 << 20)]
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)]
    rate: Annotated[float, Field(gt=0.0, le=MOST_RATE)]


class Tuned(Message):
    """The parameters after that, as safetensors (``params``) in base64, and their hash."""

    sha256: Hex32
    payload: str


def tuned(miner: Contributor, request: TuneRequest) -> Tuned:
    """Do it. Raises HandlerRefused for a state that is not at hand, or data that are no pages."""
    state = miner.replica.known(request.base)
    if state is None:
        raise HandlerRefused(f"the state {request.base[:16]} is not known here")
    try:
        data = np.frombuffer(base64.b64decode(request.data, validate=True), np.uint8)
        pages = data.reshape(-1, request.length)
    except ValueError:
        raise HandlerRefused("these are no pages") from None
    if not len(pages):
        raise HandlerRefused("there is nothing to train on")
    params = miner.backend.train(state.params, pages, steps=request.steps, rate=request.rate)
    return answer_of(params)


def answer_of(params: Floats) -> Tuned:
    """Parameters as an answer."""
    payload = dump({"params": params})
    return Tuned(
        sha256=hashlib.sha256(payload).hexdigest(), payload=base64.b64encode(payload).decode()
    )


def params_of(answer: Tuned, size: int) -> Floats:
    """The parameters in an answer. Raises ValueError for anything that is not ``size`` numbers."""
    data = base64.b64decode(answer.payload, validate=True)
    if hashlib.sha256(data).hexdigest() != answer.sha256:
        raise ValueError("the parameters are not those of the hash")
    try:
        arrays = load(data)
    except BadTensors as error:
        raise ValueError(str(error)) from None
    params = arrays.get("params")
    if set(arrays) != {"params"} or params is None or params.shape != (size,):
        raise ValueError(f"these are not {size} parameters")
    if params.dtype != np.float32 or not np.isfinite(params).all():
        raise ValueError("these are not finite numbers of 32 bits")
    return params
