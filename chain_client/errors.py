"""Errors of the chain client: what can go wrong between Python values and a chain.

Owns the client's exception families: what fails on the way to a chain (``ClientError``), and what
the chain itself refuses (``ChainError``). Does not own text for people beyond one plain sentence,
the tables that explain the chain's codes (``remedies``), nor exit statuses (the command line maps
those).

    TaokitError
    ├── ClientError
    │   ├── CodecError
    │   │   ├── InvalidType         a declaration that is not a SCALE type
    │   │   ├── EncodeError         a value does not fit its type
    │   │   └── DecodeError         bytes are not a valid encoding of a type
    │   ├── MetadataError           metadata that cannot be read, written or searched
    │   │   └── UnknownName         no such pallet, item, type, ...; knows the nearest names
    │   ├── ArgumentError
    │   │   ├── InvalidAmount       text or a number that is no amount of money
    │   │   ├── UnitError           TAO and alpha, or the alpha of two subnets, in one sum
    │   │   ├── InvalidArgument     a parameter's value cannot be used
    │   │   ├── MissingArgument     a required parameter was not given
    │   │   ├── UnknownRead         no read of that name
    │   │   └── UnknownOperation    no operation of that name
    │   ├── NotFound                no such block, subnet, neuron, ... on this chain
    │   ├── UnsupportedExtension    the runtime wants signed data that the client does not know
    │   ├── WrongChain              the endpoint now serves another chain than before
    │   ├── TransportError
    │   │   ├── ConnectionFailed    nothing answers at the address
    │   │   ├── ConnectionLost      the connection ended while something was under way
    │   │   ├── RequestTimeout      no answer in time
    │   │   ├── FrameTooLarge       a message beyond the size limit, either way
    │   │   ├── SubscriptionOverrun notifications came faster than they were read
    │   │   ├── BadAnswer           the answer is not JSON-RPC, or not the expected shape
    │   │   ├── TransportClosed     used after it was closed
    │   │   └── SubmissionUnknown   the connection ended between sending and the node's answer
    │   └── RpcError                the node answered with an error
    │       ├── MethodUnavailable   the node does not offer the method
    │       └── StateUnavailable    the node does not have the state of that block
    └── ChainError
        ├── PoolRejected            the transaction pool refused the extrinsic
        ├── NotIncluded             it left the pool without reaching a block
        ├── OutcomePending          no outcome within the time given; it may still happen
        └── DispatchFailed          it is in a block, and the call failed there
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taokit.wallet.errors import TaokitError

__all__ = [
    "ArgumentError",
    "BadAnswer",
    "ChainError",
    "ClientError",
    "CodecError",
    "ConnectionFailed",
    "ConnectionLost",
    "DecodeError",
    "DispatchFailed",
    "EncodeError",
    "FrameTooLarge",
    "InvalidAmount",
    "InvalidArgument",
    "InvalidType",
    "MetadataError",
    "MethodUnavailable",
    "MissingArgument",
    "NotFound",
    "NotIncluded",
    "OutcomePending",
    "PoolRejected",
    "RequestTimeout",
    "RpcError",
    "StateUnavailable",
    "SubmissionUnknown",
    "SubscriptionOverrun",
    "TransportClosed",
    "TransportError",
    "UnitError",
    "UnknownName",
    "UnknownOperation",
    "UnknownRead",
    "UnsupportedExtension",
    "WrongChain",
]


class ClientError(TaokitError):
    """Anything about talking to a chain."""

    code = "client_error"


class CodecError(ClientError):
    """SCALE bytes and values do not fit together."""

    code = "codec_error"


class InvalidType(CodecError):
    """A declaration that is not a SCALE type: a mistake in code, not in data."""

    code = "invalid_type"


class EncodeError(CodecError):
    """A value does not fit its type.

    ``path`` leads to the offending part inside the value ("calls[2].value"; empty for the whole),
    ``expected`` names the type there, ``got`` shows what was found instead.
    """

    code = "encode_error"

    def __init__(self, *, path: str, expected: str, got: str, hint: str | None = None) -> None:
        where = f"{path}: " if path else ""
        super().__init__(f"{where}expected {expected}, got {got}", hint=hint)
        self.path = path
        self.expected = expected
        self.got = got


class DecodeError(CodecError):
    """Bytes are not a valid encoding of a type.

    ``type`` names the type, ``offset`` is the byte at which it goes wrong, ``what`` says why,
    ``path`` leads to the part of the value that was being read.
    """

    code = "decode_error"

    def __init__(
        self, *, type: str, offset: int, what: str, path: str = "", hint: str | None = None
    ) -> None:
        where = f" in {path}" if path else ""
        super().__init__(f"cannot decode {type}{where} at byte {offset}: {what}", hint=hint)
        self.type = type
        self.offset = offset
        self.what = what
        self.path = path


class MetadataError(ClientError):
    """Runtime metadata that cannot be read or written."""

    code = "metadata_error"


class UnknownName(MetadataError):
    """The metadata has no item of this name. ``kind`` is "pallet", "storage item", "call", ..."""

    code = "unknown_name"

    def __init__(self, *, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        from difflib import get_close_matches

        self.near = get_close_matches(name, list(known), n=3)
        inside = f" in {where}" if where else ""
        hint = f"did you mean {' or '.join(self.near)}?" if self.near else None
        super().__init__(f"no {kind} named {name!r}{inside}", hint=hint)
        self.kind = kind
        self.name = name
        self.where = where


class ArgumentError(ClientError):
    """A value that was given cannot be used as it is."""

    code = "argument_error"


class InvalidAmount(ArgumentError):
    """Text or a number that is no amount of money. ``given`` is what it was."""

    code = "invalid_amount"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(f"not an amount: {given!r}", hint=why)
        self.given = given


class UnitError(ArgumentError):
    """Two units that do not mix. ``left`` and ``right`` name them."""

    code = "unit_mismatch"

    def __init__(self, doing: str, left: str, right: str) -> None:
        super().__init__(f"cannot {doing} {left} and {right}")
        self.left = left
        self.right = right


class InvalidArgument(ArgumentError):
    """The value of a parameter cannot be used. ``name`` is the parameter."""

    code = "invalid_argument"

    def __init__(self, name: str, value: object, why: str) -> None:
        super().__init__(f"{name}: {value!r} cannot be used: {why}")
        self.name = name
        self.value = value
        self.why = why


class MissingArgument(ArgumentError):
    """A required parameter was not given. ``name`` is the parameter."""

    code = "missing_argument"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is required")
        self.name = name


class UnknownRead(ArgumentError):
    """There is no read of that name; ``near`` has the closest ones."""

    code = "unknown_read"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.near = _near(name, known)
        super().__init__(f"no read named {name!r}", hint=_did_you_mean(self.near))
        self.name = name


class UnknownOperation(ArgumentError):
    """There is no operation of that name; ``near`` has the closest ones."""

    code = "unknown_operation"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.near = _near(name, known)
        super().__init__(f"no operation named {name!r}", hint=_did_you_mean(self.near))
        self.name = name


class NotFound(ClientError):
    """This chain has no such thing. ``kind`` is "block", "subnet", ...; ``name`` what was asked."""

    code = "not_found"

    def __init__(self, *, kind: str, name: object, hint: str | None = None) -> None:
        super().__init__(f"no {kind} {name}", hint=hint)
        self.kind = kind
        self.name = name


class UnsupportedExtension(ClientError):
    """The runtime has a transaction extension that carries data the client does not know."""

    code = "unsupported_extension"

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"the chain wants the transaction extension {identifier}, which taokit does not know",
            hint="a newer taokit may know it",
        )
        self.identifier = identifier


class WrongChain(ClientError):
    """The endpoint serves another chain than the client was connected to.

    A local chain that was started anew is another chain. Both hashes are ``0x`` hex.
    """

    code = "wrong_chain"

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__(
            f"the endpoint serves chain {got}, not {expected} as before",
            hint="connect again: the chain was restarted or replaced",
        )
        self.expected = expected
        self.got = got


class TransportError(ClientError):
    """A message did not get to the node or back. ``url`` names the endpoint."""

    code = "transport_error"

    def __init__(self, message: str, *, url: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.url = url


class ConnectionFailed(TransportError):
    """Nothing usable answers at ``url``; ``reason`` is the system's."""

    code = "connection_failed"
    retryable = True

    def __init__(self, *, url: str, reason: str, hint: str | None = None) -> None:
        super().__init__(f"cannot connect to {url}: {reason}", url=url, hint=hint)
        self.reason = reason


class ConnectionLost(TransportError):
    """The connection ended while a request or a subscription was under way."""

    code = "connection_lost"
    retryable = True

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__(f"the connection to {url} ended: {reason}", url=url)
        self.reason = reason


class RequestTimeout(TransportError):
    """No answer to ``method`` within ``seconds``."""

    code = "timeout"
    retryable = True

    def __init__(self, *, url: str, method: str, seconds: float) -> None:
        super().__init__(f"no answer to {method} from {url} within {seconds:g} s", url=url)
        self.method = method
        self.seconds = seconds


class FrameTooLarge(TransportError):
    """A message is beyond the size limit of the transport. ``limit`` is in bytes."""

    code = "frame_too_large"

    def __init__(self, *, url: str, limit: int) -> None:
        super().__init__(
            f"a message of {url} is larger than {limit} bytes",
            url=url,
            hint="ask for less at once, or connect with a higher max_size",
        )
        self.limit = limit


class SubscriptionOverrun(TransportError):
    """Notifications came faster than they were read; ``limit`` of them are queued at most."""

    code = "subscription_overrun"

    def __init__(self, *, url: str, limit: int) -> None:
        super().__init__(
            f"a subscription of {url} fell more than {limit} notifications behind",
            url=url,
            hint="read it faster, or subscribe to less",
        )
        self.limit = limit


class BadAnswer(TransportError):
    """The node's answer is not JSON-RPC, or not of the shape that the method promises."""

    code = "bad_answer"

    def __init__(self, *, url: str, what: str) -> None:
        super().__init__(f"{url} answered with {what}", url=url)
        self.what = what


class TransportClosed(TransportError):
    """The transport was closed on this side."""

    code = "transport_closed"

    def __init__(self, *, url: str) -> None:
        super().__init__(f"the connection to {url} was closed", url=url)


class SubmissionUnknown(TransportError):
    """The connection ended after an extrinsic was sent and before the node answered.

    It may or may not be in the pool, and is never sent again by itself: look for
    ``extrinsic_hash`` (``0x`` hex) in the coming blocks, or sign anew with the same nonce.
    """

    code = "submission_unknown"

    def __init__(self, *, url: str, extrinsic_hash: str, reason: str) -> None:
        super().__init__(
            f"the connection to {url} ended ({reason}) while extrinsic {extrinsic_hash} was sent",
            url=url,
            hint="it may be included: look for it with ChainClient.find_extrinsic before repeating",
        )
        self.extrinsic_hash = extrinsic_hash
        self.reason = reason


class RpcError(ClientError):
    """The node answered with a JSON-RPC error.

    ``rpc_code`` is the number, ``text`` the node's message, ``detail`` its ``data`` (any JSON or
    ``None``), ``method`` what was asked.
    """

    code = "rpc_error"

    def __init__(
        self,
        *,
        rpc_code: int,
        text: str,
        detail: Any = None,
        method: str = "",
        hint: str | None = None,
    ) -> None:
        said = f"{text}: {detail}" if isinstance(detail, str) and detail else text
        super().__init__(f"{method or 'the node'} failed with {rpc_code}: {said}", hint=hint)
        self.rpc_code = rpc_code
        self.text = text
        self.detail = detail
        self.method = method


class MethodUnavailable(RpcError):
    """The node does not offer the method (JSON-RPC -32601), or forbids it on this port."""

    code = "method_unavailable"


class StateUnavailable(RpcError):
    """The node does not know the block, or has discarded its state."""

    code = "state_unavailable"


class ChainError(TaokitError):
    """The chain itself refused or undid what was asked of it."""

    code = "chain_error"


class PoolRejected(ChainError):
    """The transaction pool refused an extrinsic; it was not and will not be included.

    ``reason`` is a stable name ("stale", "payment", "bad_signature", "custom", ...), ``rpc_code``
    the node's number, ``custom`` the n of ``Custom error: n`` with ``name`` the chain's name for
    it, ``detail`` the node's own words.
    """

    code = "pool_rejected"

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        rpc_code: int,
        detail: str,
        custom: int | None = None,
        name: str | None = None,
        retryable: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.rpc_code = rpc_code
        self.detail = detail
        self.custom = custom
        self.name = name
        self.retryable = retryable


class NotIncluded(ChainError):
    """An accepted extrinsic left the pool without reaching a block.

    ``status`` is the pool's word: "dropped", "invalid", "usurped", "retracted",
    "finality_timeout" or "expired". ``extrinsic_hash`` is ``0x`` hex.
    """

    code = "not_included"

    def __init__(self, *, status: str, extrinsic_hash: str, detail: str = "") -> None:
        said = f" ({detail})" if detail else ""
        super().__init__(f"extrinsic {extrinsic_hash} was not included: {status}{said}")
        self.status = status
        self.extrinsic_hash = extrinsic_hash
        self.detail = detail


class OutcomePending(ChainError):
    """The wait ended before the outcome was known; the extrinsic may still be included."""

    code = "outcome_pending"

    def __init__(self, *, extrinsic_hash: str, seconds: float, waited_for: str) -> None:
        super().__init__(
            f"extrinsic {extrinsic_hash} did not reach {waited_for} within {seconds:g} s",
            hint="it was accepted: look for it later by its hash",
        )
        self.extrinsic_hash = extrinsic_hash
        self.seconds = seconds
        self.waited_for = waited_for


class DispatchFailed(ChainError):
    """The extrinsic is in a block, but its call (or a call inside it) failed.

    ``pallet``, ``name`` and ``index`` are the chain's own; for errors that belong to no pallet
    ``pallet`` is ``None`` and ``name`` is for instance "BadOrigin" or "Token.FundsUnavailable".
    ``docs`` is the metadata's text, ``within`` says which nested call failed
    ("Sudo.Sudid", "Utility.BatchInterrupted at 2"; ``None`` for the extrinsic's own call).
    """

    code = "dispatch_failed"

    def __init__(
        self,
        *,
        pallet: str | None,
        name: str,
        index: int | None = None,
        docs: str = "",
        within: str | None = None,
        extrinsic_hash: str | None = None,
        retryable: bool = False,
        hint: str | None = None,
    ) -> None:
        shown = f"{pallet}.{name}" if pallet else name
        inside = f" in {within}" if within else ""
        super().__init__(f"the call failed{inside} with {shown}", hint=hint)
        self.pallet = pallet
        self.name = name
        self.index = index
        self.docs = docs
        self.within = within
        self.extrinsic_hash = extrinsic_hash
        self.retryable = retryable


def _near(name: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=3)


def _did_you_mean(near: list[str]) -> str | None:
    return f"did you mean {' or '.join(near)}?" if near else None
