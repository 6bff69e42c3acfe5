"""Errors between the client and a node, and the errors that a node answers with."""

from __future__ import annotations

from typing import Any

from taokit.chain_client.errors.base import ClientError
from taokit.chain_client.redaction import redacted

__all__ = [
    "BadAnswer",
    "ConnectionFailed",
    "ConnectionLost",
    "EndpointBusy",
    "FrameTooLarge",
    "MethodUnavailable",
    "RequestTimeout",
    "RpcError",
    "StateUnavailable",
    "SubmissionUnknown",
    "SubscriptionOverrun",
    "TooManyRequests",
    "TransportClosed",
    "TransportError",
]


class TransportError(ClientError):
    """A message did not get to the node or back.

    ``url`` names the endpoint, without what its address may hold of secrets.
    """

    code = "transport_error"

    def __init__(self, message: str, *, url: str, hint: str | None = None) -> None:
        shown = redacted(url)
        super().__init__(message.replace(url, shown) if shown != url else message, hint=hint)
        self.url = shown


class ConnectionFailed(TransportError):
    """Nothing usable answers at the endpoint; ``reason`` is the system's."""

    code = "connection_failed"
    retryable = True

    def __init__(self, *, url: str, reason: str, hint: str | None = None) -> None:
        super().__init__(f"cannot connect to {url}: {reason}", url=url, hint=hint)
        self.reason = reason


class EndpointBusy(ConnectionFailed):
    """The endpoint has too much to do, or this client asks too often (HTTP 429 or 503).

    ``retry_after`` is how many seconds it wants to be left alone, where it says so.
    """

    code = "endpoint_busy"

    def __init__(self, *, url: str, status: int, retry_after: float | None) -> None:
        asked = "" if retry_after is None else f", asks to wait {retry_after:g} s"
        reason = f"it is busy (HTTP {status}{asked})"
        super().__init__(url=url, reason=reason, hint="try again later, or another endpoint")
        self.status = status
        self.retry_after = retry_after


class ConnectionLost(TransportError):
    """The connection ended while a request or a subscription was under way."""

    code = "connection_lost"
    retryable = True

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__(f"the connection to {url} ended: {reason}", url=url)
        self.reason = reason


class RequestTimeout(TransportError):
    """The node did not answer in time; ``method`` was asked, ``seconds`` waited."""

    code = "timeout"
    retryable = True

    def __init__(self, *, url: str, method: str, seconds: float) -> None:
        super().__init__(f"no answer to {method} from {url} within {seconds:g} s", url=url)
        self.method = method
        self.seconds = seconds


class FrameTooLarge(TransportError):
    """A message is beyond a size limit. ``limit`` is ours in bytes; ``None``: it is the node's."""

    code = "frame_too_large"

    def __init__(self, *, url: str, limit: int | None) -> None:
        if limit is None:
            said, hint = f"a message is larger than {url} takes", "send less at once"
        else:
            said = f"a message of {url} is larger than {limit} bytes"
            hint = "ask for less at once, or connect with a higher max_size"
        super().__init__(said, url=url, hint=hint)
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


class TooManyRequests(RpcError):
    """The node refuses to answer because this client asks too much; nothing was done.

    ``retry_after`` is how many seconds it wants to be left alone, where it says so.
    """

    code = "too_many_requests"
    retryable = True

    def __init__(
        self, *, rpc_code: int, text: str, detail: Any, method: str, retry_after: float | None
    ) -> None:
        hint = "try again later, or another endpoint"
        super().__init__(rpc_code=rpc_code, text=text, detail=detail, method=method, hint=hint)
        self.retry_after = retry_after
