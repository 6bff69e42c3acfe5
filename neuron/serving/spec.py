"""What a server takes and gives, as OpenAPI: the contract for miners in any language.

Owns the document behind ``/spec``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from taokit.neuron.auth import responses
from taokit.neuron.messages import Hotkey
from taokit.neuron.serving.endpoint import Route

__all__ = ["openapi"]


def openapi(
    routes: Iterable[Route],
    *,
    title: str,
    hotkey: Hotkey,
    netuid: int,
    codecs: Collection[str],
    max_body: int,
) -> dict[str, Any]:
    """The OpenAPI 3.1 document; how to sign is under ``x-taokit``."""
    routes = list(routes)
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for route in routes:
        wanted.append((route.request_model, "validation"))
        if route.response_model is not None:
            wanted.append((route.response_model, "serialization"))
    named, definitions = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {route.path: {"post": _operation(route, named)} for route in routes},
        "components": {"schemas": definitions.get("$defs", {})},
        "x-taokit": {
            "hotkey": hotkey,
            "netuid": netuid,
            "requests": list(codecs),
            "responses": responses.PROTOCOL,
            "max_body": max_body,
        },
    }


def _operation(route: Route, named: dict[Any, Any]) -> dict[str, Any]:
    doc = (route.handler.__doc__ or "").strip().splitlines()
    answer: dict[str, Any] = {}
    if route.response_model is not None:
        answer = named[route.response_model, "serialization"]
    kind = "text/event-stream" if route.stream else "application/json"
    return {
        "summary": doc[0] if doc else route.path,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": named[route.request_model, "validation"]}},
        },
        "responses": {"200": {"description": "Signed", "content": {kind: {"schema": answer}}}},
    }
