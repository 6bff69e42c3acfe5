"""Stand-ins for vLLM and SGLang, with the toy model inside: what their documentation says of the
parts that are used here, and no more.

vLLM (docs.vllm.ai, ``vllm.v1.sample.logits_processor.interface``, "Custom Logits Processors"): an
engine keeps a batch with places; each step it tells processors of ``removed`` indices, ``added``
(index, params, prompt ids, a reference to the growing list of output ids) and ``moved`` (index,
index, direction), in that order, or None if nothing changed; then ``apply`` gets the rows of
logits. A processor that is not argmax invariant is applied before the greedy choice.

SGLang (``sglang.srt.sampling.custom_logit_processor``): a processor's class travels as text; each
step it is called with the rows of the requests that name it and their ``custom_params``, which
hold the request under ``__req__``.

Nothing here was checked against the libraries themselves.
"""

from __future__ import annotations

import asyncio
import enum
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from taokit.subnet_templates.inference.backends.toy import ToyBackend
from taokit.subnet_templates.inference.sampling import scores
from taokit.subnet_templates.inference.toy_model import ToyModel

TOY = ToyBackend()
MODEL = ToyModel()
BACKENDS = "taokit.subnet_templates.inference.backends"


class Direction(enum.Enum):
    UNIDIRECTIONAL = enum.auto()
    SWAP = enum.auto()


@dataclass
class Parameters:
    """``SamplingParams``: those that are documented and used."""

    temperature: float = 1.0
    max_tokens: int = 16
    stop_token_ids: list[int] = field(default_factory=list)
    detokenize: bool = True
    output_kind: Any = None
    extra_args: dict[str, Any] | None = None


@dataclass
class Running:
    """A request in a batch."""

    prompt: list[int]
    parameters: Parameters
    said: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)
    output: list[int] = field(default_factory=list)


class Engine:
    """``AsyncLLM``: steps a batch of three; free places are filled by new requests, else by the
    last ones."""

    made: ClassVar[list[Engine]] = []

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.batch: list[Running] = []
        self.waiting: list[Running] = []
        self.moved = 0
        module, _, name = options["logits_processors"][0].partition(":")
        self.kind = getattr(sys.modules[module], name)
        self.processor = self.kind(SimpleNamespace(), "cpu", False)
        self.model_config = SimpleNamespace(max_model_len=2048, hf_config=Configuration())
        self.running: asyncio.Task[None] | None = None
        Engine.made.append(self)

    @classmethod
    def from_engine_args(cls, arguments: Any) -> Engine:
        return cls(arguments.options)

    async def generate(
        self, prompt: dict[str, list[int]], parameters: Parameters, request_id: str
    ) -> AsyncGenerator[Any, None]:
        self.kind.validate_params(parameters)
        one = Running(prompt["prompt_token_ids"], parameters)
        self.waiting.append(one)
        if self.running is None or self.running.done():
            self.running = asyncio.create_task(self.steps())
        while (token := await one.said.get()) is not None:
            yield SimpleNamespace(outputs=[SimpleNamespace(token_ids=[token])])

    async def steps(self) -> None:
        holes: list[int] = []
        while self.batch or self.waiting:
            removed, added, moved = list(holes), [], []
            while self.waiting and (holes or len(self.batch) < 3):
                one = self.waiting.pop(0)
                index = holes.pop(0) if holes else len(self.batch)
                self.batch[index : index + 1] = [one]
                added.append((index, one.parameters, one.prompt, one.output))
            while holes:
                last = len(self.batch) - 1
                if (hole := holes.pop() if last in holes else holes.pop(0)) < last:
                    self.batch[hole] = self.batch[last]
                    moved.append((last, hole, Direction.UNIDIRECTIONAL))
                    self.moved += 1
                self.batch.pop()
            changed = bool(added or removed or moved)
            update = SimpleNamespace(
                batch_size=len(self.batch), removed=removed, added=added, moved=moved
            )
            self.processor.update_state(update if changed else None)
            if not self.batch:
                break
            rows = np.stack([MODEL.forward([*one.prompt, *one.output])[-1] for one in self.batch])
            assert not self.processor.is_argmax_invariant()
            drawn = self.processor.apply(rows).argmax(axis=1).tolist()
            for index, (one, token) in enumerate(zip(self.batch, drawn, strict=True)):
                one.output.append(token)
                one.said.put_nowait(token)
                stop = token in one.parameters.stop_token_ids
                if stop or len(one.output) == one.parameters.max_tokens:
                    one.said.put_nowait(None)
                    holes.append(index)
            await asyncio.sleep(0)

    def shutdown(self) -> None:
        self.options["ended"] = True


class Configuration:
    """A model's configuration."""

    vocab_size = TOY.tokenizer.vocab
    eos_token_id: ClassVar = sorted(TOY.tokenizer.eos)
    max_position_embeddings = 2048


class HFTokens:
    """A tokenizer of Hugging Face's, of bytes."""

    eos_token_id = None

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": TOY.tokenizer.encode(text)}

    def apply_chat_template(self, messages: list[dict[str, str]], **options: Any) -> str:
        return "".join(message["content"] for message in messages)

    def decode(self, ids: list[int], **options: Any) -> str:
        return TOY.tokenizer.decode(ids)


class Sglang:
    """``sglang.Engine``: one request at a time, streamed with all ids so far."""

    made: ClassVar[list[Sglang]] = []

    def __init__(self, **options: Any) -> None:
        self.options = options
        Sglang.made.append(self)

    async def async_generate(
        self,
        *,
        input_ids: list[int],
        sampling_params: dict[str, Any],
        custom_logit_processor: str,
        stream: bool,
    ) -> AsyncGenerator[Any, None]:
        assert stream
        module, _, name = custom_logit_processor.partition(":")
        process, request = getattr(sys.modules[module], name)(), SimpleNamespace(output_ids=[])

        async def said() -> AsyncGenerator[Any, None]:
            for count in range(1, sampling_params["max_new_tokens"] + 1):
                row = MODEL.forward([*input_ids, *request.output_ids])[-1][None].copy()
                params = [{**sampling_params["custom_params"], "__req__": request}]
                token = int(process(row, params).argmax())
                request.output_ids.append(token)
                meta = {"completion_tokens": count}
                yield {"output_ids": list(request.output_ids), "meta_info": meta}
                if token in sampling_params["stop_token_ids"]:
                    return

        return said()

    def shutdown(self) -> None:
        self.options["ended"] = True


class CustomLogitProcessor:
    """Its class as text; here by name, where the library pickles it."""

    @classmethod
    def to_str(cls) -> str:
        return f"{cls.__module__}:{cls.__name__}"


def perturb(logits: Any, rows: list[int], hows: list[Any], at: list[int]) -> Any:
    """``seeded_rows.perturb`` in NumPy; without nuclei."""
    for row, how, position in zip(rows, hows, at, strict=True):
        logits[row] = scores(logits[row][None], how, np.array([position]))[0]
    return logits


def install(patch: pytest.MonkeyPatch) -> None:
    """Put the stand-ins where the libraries would be."""
    plain = type("LogitsProcessor", (), {})
    tokens = SimpleNamespace(from_pretrained=lambda name, **picked: HFTokens())
    config = SimpleNamespace(from_pretrained=lambda name, **picked: Configuration())
    arguments = type("AsyncEngineArgs", (), {"__init__": lambda s, **o: setattr(s, "options", o)})
    modules: dict[str, dict[str, Any]] = {
        "transformers": {"AutoTokenizer": tokens, "AutoConfig": config},
        "vllm": {"SamplingParams": Parameters},
        "vllm.engine": {},
        "vllm.engine.arg_utils": {"AsyncEngineArgs": arguments},
        "vllm.sampling_params": {"RequestOutputKind": SimpleNamespace(DELTA="delta")},
        "vllm.v1": {},
        "vllm.v1.engine": {},
        "vllm.v1.engine.async_llm": {"AsyncLLM": Engine},
        "vllm.v1.sample": {},
        "vllm.v1.sample.logits_processor": {
            "LogitsProcessor": plain,
            "MoveDirectionality": Direction,
        },
        "sglang": {"Engine": Sglang},
        "sglang.srt": {},
        "sglang.srt.sampling": {},
        "sglang.srt.sampling.custom_logit_processor": {
            "CustomLogitProcessor": CustomLogitProcessor
        },
        f"{BACKENDS}.seeded_rows": {"perturb": perturb},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        patch.setitem(sys.modules, name, module)
    for name in ("vllm", "sglang"):
        patch.delitem(sys.modules, f"{BACKENDS}.{name}", raising=False)
