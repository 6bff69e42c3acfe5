"""What a JSON-RPC error looks like, and which one a failure of the chain becomes.

Owns codes and wording as clients match them: jsonrpsee's for the protocol, `sc-rpc-api`'s for the
rest. Does not own the failures themselves (`local_chain.errors`).
"""

from __future__ import annotations

from typing import Any

from taokit.local_chain.errors import (
    BlockFailed,
    ClockError,
    ExecutionFailed,
    LocalChainError,
    PoolError,
    UnknownBlock,
    UnknownRuntimeApi,
)
from taokit.local_chain.fork.errors import ForkError

__all__ = [
    "CHAIN_ERROR",
    "INTERNAL_ERROR",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "METHOD_NOT_FOUND",
    "PARSE_ERROR",
    "RpcError",
    "invalid_params",
    "rpc_error_of",
]

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL_ERROR, CHAIN_ERROR = -32602, -32603, -32000
STATE_CLIENT_ERROR = 4003


class RpcError(Exception):
    """An error response. ``data`` is text where clients read it as text."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, Any]:
        """The `error` member of a response."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


def invalid_params(why: str) -> RpcError:
    """Parameters that are missing, of the wrong type, or out of range."""
    return RpcError(INVALID_PARAMS, "Invalid params", why)


def rpc_error_of(fault: LocalChainError) -> RpcError:
    """The error response for a failure of the chain."""
    if isinstance(fault, PoolError):
        return RpcError(fault.rpc_code, fault.message, fault.rpc_data)
    if isinstance(fault, UnknownBlock):
        why = f"UnknownBlock: Header was not found in the database: {fault.block}"
        return RpcError(STATE_CLIENT_ERROR, f"Client error: {why}")
    if isinstance(fault, UnknownRuntimeApi):
        why = f"Other: Exported method {fault.method} is not found"
        return RpcError(STATE_CLIENT_ERROR, f"Client error: Execution failed: {why}")
    if isinstance(fault, ExecutionFailed):
        return RpcError(STATE_CLIENT_ERROR, f"Client error: Execution failed: {fault.message}")
    if isinstance(fault, ClockError):
        return invalid_params(fault.message)
    if isinstance(fault, BlockFailed):
        return RpcError(INTERNAL_ERROR, fault.message)
    if isinstance(fault, ForkError):
        return RpcError(CHAIN_ERROR, f"{fault}", fault.code)
    return RpcError(CHAIN_ERROR, fault.message, fault.code)
