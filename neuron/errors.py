"""Errors of a neuron: what goes wrong between miners, validators, buyers and the chain.

Owns the room's exception family. Does not own verdicts: what a miner does wrong is a ``Reason`` in
a result, never an exception of the validator.

    TaokitError
    └── NeuronError
        ├── AuthError               a request or response that proves nothing; carries a ``reason``
        │   ├── MalformedAuth       a header is missing or cannot be read
        │   ├── WrongReceiver       signed for another hotkey, or for none
        │   ├── StaleRequest        too old, or too far in the future
        │   ├── ReplayedRequest     this nonce was accepted before
        │   └── BadSignature        the signature is not the named hotkey's
        ├── NotPermitted            the sender has no permit and too little stake
        ├── BodyTooLarge            more bytes than the server takes
        ├── RateLimited             too many requests; carries ``retry_after`` in seconds
        ├── Overloaded              every place is taken by senders of more stake
        ├── InvalidRequest          a proven sender's body is not what the path takes
        ├── HandlerRefused          the miner's own code declined
        ├── HandlerFailed           the miner's own code broke
        ├── ArtifactError           a bundle that cannot be made, fetched or trusted
        ├── SandboxError            a run that could not be isolated or started
        │   └── SandboxUnavailable  this machine offers no way to isolate
        ├── EvaluationFailed        no worker finished any evaluation of a round
        ├── StoreError              the state on disk cannot be used
        │   ├── StoreDamaged        not a database, or one that fails its check
        │   └── StoreTooNew         written by a later release
        ├── WeightsError            weights that could not be set
        │   └── WeightsNotLanded    sent, and not found on chain afterwards
        ├── GatewayError            a buyer's request that cannot be served
        │   ├── NoCredit            the account holds too little
        │   └── NoMiner             nobody who could serve it
        └── ConfigError             a setting that is missing or cannot be used
"""

from __future__ import annotations

from taokit.wallet.errors import TaokitError

__all__ = [
    "ArtifactError",
    "AuthError",
    "BadSignature",
    "BodyTooLarge",
    "ConfigError",
    "EvaluationFailed",
    "GatewayError",
    "HandlerFailed",
    "HandlerRefused",
    "InvalidRequest",
    "MalformedAuth",
    "NeuronError",
    "NoCredit",
    "NoMiner",
    "NotPermitted",
    "Overloaded",
    "RateLimited",
    "ReplayedRequest",
    "SandboxError",
    "SandboxUnavailable",
    "StaleRequest",
    "StoreDamaged",
    "StoreError",
    "StoreTooNew",
    "WeightsError",
    "WeightsNotLanded",
    "WrongReceiver",
]


class NeuronError(TaokitError):
    """Anything that a neuron reports on purpose."""

    code = "neuron_error"


class AuthError(NeuronError):
    """A message that does not prove who sent it. Never repeats the signature or the payload."""

    code = "auth_failed"


class MalformedAuth(AuthError):
    """A header is missing or cannot be read."""

    code = "auth_malformed"


class WrongReceiver(AuthError):
    """Signed for another hotkey, or for none."""

    code = "auth_wrong_receiver"


class StaleRequest(AuthError):
    """The nonce is outside the window: too old, or too far in the future."""

    code = "auth_stale"
    retryable = True


class ReplayedRequest(AuthError):
    """This nonce was already accepted from this hotkey."""

    code = "auth_replayed"


class BadSignature(AuthError):
    """The signature is not the named hotkey's over this message."""

    code = "auth_bad_signature"


class NotPermitted(NeuronError):
    """The sender may not ask: no validator permit, and less stake than the gate wants."""

    code = "not_permitted"


class BodyTooLarge(NeuronError):
    """More bytes than the server takes; refused before they are read."""

    code = "body_too_large"


class RateLimited(NeuronError):
    """Too many requests from one sender. ``retry_after`` is in seconds."""

    code = "rate_limited"
    retryable = True

    def __init__(self, message: str, *, retry_after: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Overloaded(NeuronError):
    """Every place is taken, and those that wait have more stake; or the server is not ready."""

    code = "overloaded"
    retryable = True


class InvalidRequest(NeuronError):
    """The sender is proven, and the body is not what the path takes."""

    code = "invalid_request"


class HandlerRefused(NeuronError):
    """What a handler raises to decline a request; the sender is told the message."""

    code = "handler_refused"


class HandlerFailed(NeuronError):
    """A handler broke. The sender is not told how; the log is."""

    code = "handler_failed"


class ArtifactError(NeuronError):
    """A bundle that cannot be made, fetched, unpacked or trusted."""

    code = "artifact_error"


class SandboxError(NeuronError):
    """A run that could not be isolated or started. What the guest does is a result, not this."""

    code = "sandbox_error"


class SandboxUnavailable(SandboxError):
    """This machine offers no way to isolate a process. Nothing was run."""

    code = "sandbox_unavailable"


class EvaluationFailed(NeuronError):
    """Not one of many evaluations could be finished: the workers are broken, not the miners."""

    code = "evaluation_failed"
    retryable = True


class StoreError(NeuronError):
    """The state on disk cannot be used."""

    code = "store_error"


class StoreDamaged(StoreError):
    """The file is not a database, or fails its check. It was not changed."""

    code = "store_damaged"


class StoreTooNew(StoreError):
    """The file was written by a later release. It was not changed."""

    code = "store_too_new"


class WeightsError(NeuronError):
    """Weights that could not be set."""

    code = "weights_error"


class WeightsNotLanded(WeightsError):
    """Weights were sent, and the chain does not have them."""

    code = "weights_not_landed"
    retryable = True


class GatewayError(NeuronError):
    """A buyer's request that cannot be served."""

    code = "gateway_error"


class NoCredit(GatewayError):
    """The account holds less than the request costs."""

    code = "no_credit"


class NoMiner(GatewayError):
    """No miner that could serve the request answered in time."""

    code = "no_miner"
    retryable = True


class ConfigError(NeuronError):
    """A setting that is missing or cannot be used."""

    code = "config_error"
