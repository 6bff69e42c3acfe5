"""One runtime as the client works with it: its metadata, identity and the codecs in use.

Owns looking up storage items, calls, constants and runtime APIs in the metadata, with errors
that name what is missing. Does not own fetching (``runtime_loading``) nor any input or output.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from taokit.chain_client.errors import UnknownName
from taokit.chain_client.runtime_cache import RuntimeKey

if TYPE_CHECKING:
    from taokit.chain_client.calls import Call
    from taokit.chain_client.metadata import Metadata, Pallet, StorageEntry
    from taokit.chain_client.scale import Codec

__all__ = ["Runtime"]


@dataclass(frozen=True, eq=False)
class Runtime:
    """A runtime version of one chain. Immutable, and shared by the clients of a process."""

    key: RuntimeKey
    spec_name: str
    transaction_version: int
    metadata: Metadata

    @property
    def genesis_hash(self) -> str:
        """The hash of block 0, ``0x`` hex."""
        return self.key.genesis_hash

    @property
    def spec_version(self) -> int:
        """The runtime's version."""
        return self.key.spec_version

    def storage(self, pallet: str, item: str) -> StorageEntry:
        """The storage item ``pallet.item``. Raises :class:`UnknownName`."""
        entries = self._pallet(pallet).storage
        if item not in entries:
            raise UnknownName(kind="storage item", name=item, known=entries, where=pallet)
        return entries[item]

    def constant(self, pallet: str, name: str) -> Any:
        """The value of a constant. Raises :class:`UnknownName`."""
        constants = self._pallet(pallet).constants
        if name not in constants:
            raise UnknownName(kind="constant", name=name, known=constants, where=pallet)
        return constants[name].decode()

    def api_method(self, api: str, method: str) -> tuple[list[tuple[str, Codec[Any]]], Codec[Any]]:
        """The parameters (name and codec) and the result codec of a runtime API method.

        Raises :class:`UnknownName`; metadata older than V15 names no runtime API at all.
        """
        apis = self.metadata.apis
        if api not in apis:
            raise UnknownName(kind="runtime API", name=api, known=apis)
        methods = apis[api].methods
        if method not in methods:
            raise UnknownName(kind="method", name=method, known=methods, where=api)
        found = methods[method]
        inputs = [(given.name, self._codec(given.type)) for given in found.inputs]
        return inputs, self._codec(found.output)

    def encode_call(self, call: Call) -> bytes:
        """The SCALE bytes of a call. Raises :class:`UnknownName` or ``EncodeError``."""
        calls = self._pallet(call.pallet).calls
        if call.name not in calls:
            raise UnknownName(kind="call", name=call.name, known=calls, where=call.pallet)
        return self.call_codec.encode(call.value())

    @cached_property
    def call_codec(self) -> Codec[Any]:
        """The codec of the runtime's call enum."""
        return self._codec(self.metadata.extrinsic.call_type)

    @cached_property
    def address_codec(self) -> Codec[Any]:
        """The codec of the address that an extrinsic names its signer with."""
        return self._codec(self.metadata.extrinsic.address_type)

    @cached_property
    def signature_codec(self) -> Codec[Any]:
        """The codec of an extrinsic's signature."""
        return self._codec(self.metadata.extrinsic.signature_type)

    def _codec(self, type_id: int) -> Codec[Any]:
        return self.metadata.types.codec(type_id)

    def _pallet(self, name: str) -> Pallet:
        pallets = self.metadata.pallets
        if name not in pallets:
            raise UnknownName(kind="pallet", name=name, known=pallets)
        return pallets[name]
