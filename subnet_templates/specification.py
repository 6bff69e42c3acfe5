"""What a project's miners serve and what its gateway sells, each as an OpenAPI document.

Owns putting them together from the project's code alone, without a miner or a chain. Does not own
the documents' form (``taokit.neuron.serving.spec``, ``taokit.neuron.gateway``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from taokit.subnet_templates.errors import NotAProject
from taokit.subnet_templates.loading import load_gateway, load_mechanism
from taokit.subnet_templates.updating import answers_of

__all__ = ["gateway_specification", "specification"]


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


def gateway_specification(project: Path) -> dict[str, Any]:
    """The OpenAPI document of a project's gateway, that it serves at ``/v1/openapi.json`` too.

    Raises NotAProject, also for a project that sells nothing.
    """
    _, _, answers = answers_of(project)
    routes, extend = load_gateway(project)
    if not routes and extend is None:
        raise NotAProject("the project sells nothing: its gateway has no ROUTES and no sell()")
    from taokit.neuron.client import MinerClient
    from taokit.neuron.gateway import Gateway
    from taokit.neuron.metagraph import Snapshot
    from taokit.neuron.store import Store
    from taokit.wallet.keypair import Keypair

    with tempfile.TemporaryDirectory(prefix="taokit-spec-") as folder:
        store = Store(Path(folder) / "none.db")
        try:
            gateway = Gateway(
                Snapshot(int(answers.get("netuid") or 0), 0, "00" * 32, ""),
                MinerClient(Keypair.from_seed(bytes(32))),
                store,
                routes=routes,
                title=f"Gateway of {answers.get('project')}",
            )
            if extend is not None:
                extend(gateway)
            document: dict[str, Any] = gateway.app.openapi()
        finally:
            store.close()
    return document
