"""The public names of the client: adding or removing one is a decision, made here."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import taokit.chain_client

PUBLIC = [
    "NETWORKS",
    "Alpha",
    "BlockRef",
    "Call",
    "ChainClient",
    "ChainError",
    "Client",
    "ClientError",
    "Header",
    "InProcessTransport",
    "Network",
    "Price",
    "Receipt",
    "ReconnectingTransport",
    "StorageKey",
    "Submission",
    "Tao",
    "Terms",
    "WebSocketTransport",
    "connect",
    "find_network",
    "to_json",
]


def modules() -> list[str]:
    found = pkgutil.walk_packages(taokit.chain_client.__path__, "taokit.chain_client.")
    return ["taokit.chain_client", *(module.name for module in found)]


def test_the_room_exports_exactly_these_names():
    assert sorted(taokit.chain_client.__all__) == sorted(PUBLIC)
    for name in PUBLIC:
        assert getattr(taokit.chain_client, name) is not None
    with pytest.raises(AttributeError):
        getattr(taokit.chain_client, "no_such" + "_name")


@pytest.mark.parametrize("name", modules())
def test_every_module_says_what_it_holds_and_has_what_it_exports(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for exported in getattr(module, "__all__", ()):
        assert hasattr(module, exported)


def test_every_error_has_a_code_of_its_own_and_stands_in_the_tree():
    from taokit.chain_client import errors
    from taokit.wallet.errors import TaokitError

    classes = [getattr(errors, name) for name in errors.__all__]
    codes = [error.code for error in classes]
    assert len(set(codes)) == len(codes)
    for error in classes:
        assert issubclass(error, TaokitError)
        assert f" {error.__name__}" in errors.__doc__
