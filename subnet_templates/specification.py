"""What a project's miners serve, as a document: OpenAPI with the schemas of its messages.

Owns putting it together from the mechanism alone, without a miner or a chain. Does not own the
document's form (``taokit.neuron.serving.spec``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from taokit.subnet_templates.errors import NotAProject
from taokit.subnet_templates.loading import load_mechanism
from taokit.subnet_templates.updating import answers_of

__all__ = ["specification"]


def specification(project: Path) -> dict[str, Any]:
    """The OpenAPI document of a project's miners. Raises NotAProject."""
    _, _, answers = answers_of(project)
    mechanism = load_mechanism(project)
    from taokit.neuron.auth.codecs import CODECS
    from taokit.neuron.serving.endpoint import Route
    from taokit.neuron.serving.spec import openapi
    from taokit.neuron.wiring import wire_of

    try:
        path, request, response = wire_of(mechanism)
    except TypeError as error:
        raise NotAProject(f"there is nothing to specify: {error}") from error

    def answer(task: Any, caller: Any) -> Any:
        raise NotImplementedError

    answer.__doc__ = mechanism.measures
    document = openapi(
        [Route(path, request, response, answer, False)],
        title=f"Miners of {answers.get('project')}",
        hotkey="",
        netuid=int(answers.get("netuid") or 0),
        codecs=tuple(CODECS),
        max_body=1024 * 1024,
    )
    document["x-taokit"]["measures"] = mechanism.measures
    document["x-taokit"]["deadline_s"] = getattr(mechanism, "deadline", None)
    del document["x-taokit"]["hotkey"]
    return document
