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
    │   ├── InvalidScript           a file of operations that cannot be used
    │   ├── JournalError            the journal of a script cannot be read or written
    │   ├── AlreadyRunning          the same script runs already
    │   ├── LimitReached            a step would go beyond a limit of its script
    │   ├── PolicyViolation         a rule of the user's policy forbids it
    │   ├── PolicyUnreadable        there is a policy, and it makes no sense
    │   ├── InvalidTransactionFile  no transaction in a file, or one that contradicts itself
    │   ├── UnsupportedExtension    the runtime wants signed data that the client does not know
    │   ├── WrongChain              the endpoint now serves another chain than before
    │   ├── TransportError
    │   │   ├── ConnectionFailed    nothing answers at the address
    │   │   │   └── EndpointBusy    it answers that it is asked too much (HTTP 429)
    │   │   ├── ConnectionLost      the connection ended while something was under way
    │   │   ├── RequestTimeout      no answer in time
    │   │   ├── FrameTooLarge       a message beyond the size limit, either way
    │   │   ├── SubscriptionOverrun notifications came faster than they were read
    │   │   ├── BadAnswer           the answer is not JSON-RPC, or not the expected shape
    │   │   ├── TransportClosed     used after it was closed
    │   │   └── SubmissionUnknown   the connection ended between sending and the node's answer
    │   └── RpcError                the node answered with an error
    │       ├── MethodUnavailable   the node does not offer the method
    │       ├── TooManyRequests     it is asked too much and does not answer for now
    │       └── StateUnavailable    the node does not have the state of that block
    └── ChainError
        ├── InsufficientBalance     the signer holds too little; known before anything is signed
        ├── WouldFail               the chain would refuse it; known before anything is signed
        ├── PoolRejected            the transaction pool refused the extrinsic
        ├── NotIncluded             it left the pool without reaching a block
        ├── OutcomePending          no outcome within the time given; it may still happen
        ├── StepFailed              a step of a script failed, and the script stops then
        └── DispatchFailed          it is in a block, and the call failed there
"""

from __future__ import annotations

from taokit.chain_client.errors.arguments import (
    ArgumentError,
    InvalidAmount,
    InvalidArgument,
    MissingArgument,
    NotFound,
    UnitError,
    UnknownOperation,
    UnknownRead,
    UnsupportedExtension,
    WrongChain,
)
from taokit.chain_client.errors.automation import (
    AlreadyRunning,
    InvalidScript,
    InvalidTransactionFile,
    JournalError,
    LimitReached,
    PolicyUnreadable,
    PolicyViolation,
    StepFailed,
)
from taokit.chain_client.errors.base import (
    ChainError,
    ClientError,
)
from taokit.chain_client.errors.chain import (
    DispatchFailed,
    InsufficientBalance,
    NotIncluded,
    OutcomePending,
    PoolRejected,
    WouldFail,
)
from taokit.chain_client.errors.codec import (
    CodecError,
    DecodeError,
    EncodeError,
    InvalidType,
    MetadataError,
    UnknownName,
)
from taokit.chain_client.errors.transport import (
    BadAnswer,
    ConnectionFailed,
    ConnectionLost,
    EndpointBusy,
    FrameTooLarge,
    MethodUnavailable,
    RequestTimeout,
    RpcError,
    StateUnavailable,
    SubmissionUnknown,
    SubscriptionOverrun,
    TooManyRequests,
    TransportClosed,
    TransportError,
)

__all__ = [
    "AlreadyRunning",
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
    "EndpointBusy",
    "FrameTooLarge",
    "InsufficientBalance",
    "InvalidAmount",
    "InvalidArgument",
    "InvalidScript",
    "InvalidTransactionFile",
    "InvalidType",
    "JournalError",
    "LimitReached",
    "MetadataError",
    "MethodUnavailable",
    "MissingArgument",
    "NotFound",
    "NotIncluded",
    "OutcomePending",
    "PolicyUnreadable",
    "PolicyViolation",
    "PoolRejected",
    "RequestTimeout",
    "RpcError",
    "StateUnavailable",
    "StepFailed",
    "SubmissionUnknown",
    "SubscriptionOverrun",
    "TooManyRequests",
    "TransportClosed",
    "TransportError",
    "UnitError",
    "UnknownName",
    "UnknownOperation",
    "UnknownRead",
    "UnsupportedExtension",
    "WouldFail",
    "WrongChain",
]
