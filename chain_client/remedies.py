"""What to do about the chain's refusals: remedies by error name, and the pool's codes.

Owns the tables. Names and codes are the chain's (``pallet_subtensor::Error``,
``CustomTransactionError`` in ``common/src/transaction_error.rs``, ``InvalidTransaction`` of
``sp_runtime``, the author errors of ``sc-rpc``); the advice is ours. Does not own raising
(``pool_rejection``, ``dispatch_errors``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["CUSTOM_CODES", "INVALID_REASONS", "Advice", "advice_for"]


@dataclass(frozen=True, slots=True)
class Advice:
    """``remedy`` is one sentence; ``retryable`` says that waiting alone may be enough."""

    remedy: str
    retryable: bool = False


CUSTOM_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "ColdkeySwapAnnounced",
        1: "StakeAmountTooLow",
        2: "BalanceTooLow",
        3: "SubnetNotExists",
        4: "HotKeyAccountNotExists",
        5: "NotEnoughStakeToWithdraw",
        6: "RateLimitExceeded",
        7: "InsufficientLiquidity",
        8: "SlippageTooHigh",
        9: "TransferDisallowed",
        10: "HotKeyNotRegisteredInNetwork",
        11: "InvalidIpAddress",
        12: "ServingRateLimitExceeded",
        13: "InvalidPort",
        14: "ZeroMaxAmount",
        15: "InvalidRevealRound",
        16: "NoWeightsCommitFound",
        17: "RevealTooEarly",
        18: "InputLengthsUnequal",
        19: "UidNotFound",
        20: "EvmKeyAssociateRateLimitExceeded",
        21: "ColdkeySwapDisputed",
        22: "InvalidRealAccount",
        23: "FailedShieldedTxParsing",
        24: "InvalidShieldedTxPubKeyHash",
        25: "NonAssociatedColdKey",
        26: "DelegateTakeTooLow",
        27: "DelegateTakeTooHigh",
        255: "BadRequest",
    }
)
"""The n of ``Custom error: n``, by the name of the pallet's error where it has one."""

INVALID_REASONS: Final[Mapping[str, tuple[str, str, Advice]]] = MappingProxyType(
    {
        "Transaction call is not expected": (
            "call",
            "the chain does not take this call here",
            Advice("this call is closed to signed accounts, or filtered out at the moment"),
        ),
        "Inability to pay some fees": (
            "payment",
            "the signer cannot pay the fee",
            Advice("send some TAO to the signing account first"),
        ),
        "Transaction will be valid in the future": (
            "future",
            "the nonce is ahead of the account's next one",
            Advice("send the extrinsics with the lower nonces first"),
        ),
        "Transaction is outdated": (
            "stale",
            "the nonce was used already, or the era is too long for this call",
            Advice("sign again with the account's next nonce", retryable=True),
        ),
        "Transaction has a bad signature": (
            "bad_signature",
            "the signature does not fit",
            Advice("connect again and sign anew: the runtime or the chain may have changed"),
        ),
        "Transaction has an ancient birth block": (
            "expired",
            "the era is over",
            Advice("sign again: the block that the signature names is too old", retryable=True),
        ),
        "Transaction would exhaust the block limits": (
            "too_heavy",
            "it does not fit into a block",
            Advice("split it, or send it again when blocks are less full", retryable=True),
        ),
        "A call was labelled as mandatory": (
            "mandatory",
            "a mandatory call failed",
            Advice("only block authors submit this call"),
        ),
        "Transaction dispatch is mandatory": (
            "mandatory",
            "only block authors submit this call",
            Advice("only block authors submit this call"),
        ),
        "Invalid signing address": (
            "bad_signer",
            "this account may not sign this call",
            Advice("sign with the account that holds the right (for Sudo calls: the sudo key)"),
        ),
    }
)
"""By the beginning of the pool's text: (reason, sentence, advice)."""

_ADVICE: Final[Mapping[str, Advice]] = MappingProxyType(
    {
        "AdminActionProhibitedDuringWeightsWindow": Advice(
            "owners may not change parameters in the last blocks of an epoch: wait for the next",
            retryable=True,
        ),
        "AlreadyFinalized": Advice(
            "nothing can be changed any more: the crowdloan has been finalized"
        ),
        "AmountTooLow": Advice("the amount is below the chain's minimum stake: use more"),
        "AutoEpochAlreadyImminent": Advice("nothing to do: the next epoch is near"),
        "BadOrigin": Advice("this account may not make this call (it may need sudo or the owner)"),
        "BalanceTooLow": Advice("the coldkey does not hold that much: check its balance"),
        "CallFiltered": Advice(
            "this account may not make this call now: a proxy's kind or a filter forbids it"
        ),
        "CannotAffordLockCost": Advice(
            "registering a subnet costs more than the coldkey holds: read the burn cost first"
        ),
        "CapNotRaised": Advice("wait for more contributions, or lower the cap to what was raised"),
        "CapTooLow": Advice("raise the cap above the deposit and what was raised"),
        "ColdkeySwapAnnounced": Advice(
            "a swap of this coldkey is announced: only the swap's own calls are taken until then"
        ),
        "ColdkeySwapDisputed": Advice("a swap of this coldkey is disputed: it is blocked"),
        "CommitRevealDisabled": Advice("this subnet takes plain weights: set them directly"),
        "CommitRevealEnabled": Advice(
            "this subnet takes weights by commit and reveal only: commit them, or have the owner "
            "switch commit-reveal off"
        ),
        "CommittingWeightsTooFast": Advice(
            "wait for the subnet's weights_rate_limit blocks between commits", retryable=True
        ),
        "ContributionTooLow": Advice("contribute the crowdloan's least amount or more"),
        "DelegateTakeTooHigh": Advice("the take is above the chain's maximum"),
        "DelegateTakeTooLow": Advice("the take must move in the direction of the call"),
        "DepositTooLow": Advice("deposit the chain's minimum or more"),
        "DuplicateUids": Advice("name each uid once"),
        "ExistentialDeposit": Advice("the receiver would hold less than the minimum: send more"),
        "Expendability": Advice("the sender must keep its account alive: send less"),
        "FirstEmissionBlockNumberAlreadySet": Advice("the subnet has been started already"),
        "HotKeyAccountNotExists": Advice(
            "the hotkey is unknown to the chain: register it in a subnet first"
        ),
        "HotKeyAlreadyRegisteredInSubNet": Advice("nothing to do: the hotkey is registered there"),
        "HotKeyNotRegisteredInNetwork": Advice("register the hotkey in the subnet first"),
        "HotKeyNotRegisteredInSubNet": Advice("register the hotkey in the subnet first"),
        "IncorrectWeightVersionKey": Advice(
            "give a version_key of at least the subnet's weights_version"
        ),
        "InputLengthsUnequal": Advice("give as many values as uids"),
        "InsufficientBalance": Advice("the account does not hold that much"),
        "InsufficientLiquidity": Advice("the pool cannot fill this: use a smaller amount"),
        "InvalidIpAddress": Advice(
            "serve an address that others can reach: the chain refuses loopback and zero"
        ),
        "InvalidIpType": Advice("the ip type is 4 or 6, as the address is"),
        "InvalidOrigin": Advice("sign with the coldkey that made the crowdloan"),
        "InvalidPort": Advice("use a port from 1 to 65535"),
        "LeaseHasNoEndBlock": Advice("nothing ends this lease"),
        "MaxWeightExceeded": Advice("keep each weight within the subnet's max_weights_limit"),
        "MaximumContributionTooLow": Advice(
            "set it to the least contribution and the creator's own, or more"
        ),
        "MinimumContributionTooHigh": Advice("set it to the most that one may contribute, or less"),
        "MinimumContributionTooLow": Advice("set it to the chain's minimum or more"),
        "NeedWaitingMoreBlocksToStarCall": Advice(
            "the subnet is too young to be started: wait a while", retryable=True
        ),
        "NetworkTxRateLimitExceeded": Advice(
            "a subnet was registered too recently: wait for the network rate limit",
            retryable=True,
        ),
        "NeuronNoValidatorPermit": Advice(
            "only permitted validators set weights for others: stake more and wait for an epoch",
            retryable=True,
        ),
        "NoContribution": Advice("there is nothing to take back"),
        "NoNeuronIdAvailable": Advice(
            "the subnet is full of neurons in their immunity period: wait", retryable=True
        ),
        "NoSelfProxy": Advice("name another account"),
        "NonAssociatedColdKey": Advice("sign with the coldkey that owns the hotkey"),
        "NotEnoughBalanceToStake": Advice("the coldkey does not hold that much: use less"),
        "NotEnoughStakeToSetWeights": Advice("the validator needs more stake to set weights"),
        "NotEnoughStakeToWithdraw": Advice("less is staked than that: read the stake first"),
        "NotProxy": Advice("the account has to add the signer as its proxy first"),
        "NotSubnetOwner": Advice("sign with the coldkey that owns the subnet"),
        "RateLimitExceeded": Advice("too soon after the last one: wait some blocks", True),
        "RegistrationNotPermittedOnRootSubnet": Advice("subnet 0 takes no burned registrations"),
        "RegistrationPriceLimitExceeded": Advice(
            "the price rose above the limit: raise it, or wait", retryable=True
        ),
        "RequireSudo": Advice("sign with the sudo key"),
        "ServingRateLimitExceeded": Advice(
            "an axon was served too recently: wait for serving_rate_limit blocks", retryable=True
        ),
        "SettingWeightsTooFast": Advice(
            "wait for the subnet's weights_rate_limit blocks since the last weights",
            retryable=True,
        ),
        "SlippageTooHigh": Advice(
            "the price moves beyond the limit: allow more, use less, or allow a partial fill",
            retryable=True,
        ),
        "StakeAmountTooLow": Advice("the amount is below the chain's minimum stake: use more"),
        "StakingRateLimitExceeded": Advice("wait a block between stake operations", True),
        "SubNetRegistrationDisabled": Advice("the subnet takes no registrations at the moment"),
        "SubnetLimitReached": Advice("no subnet can be replaced at the moment", retryable=True),
        "SubnetNotExists": Advice("there is no such subnet: list them first"),
        "SubtokenDisabled": Advice(
            "the subnet has not been started: its owner starts it", retryable=True
        ),
        "TempoOutOfBounds": Advice("use a tempo within the bounds; root may set any"),
        "Token.BelowMinimum": Advice("the account would hold less than the minimum"),
        "Token.Frozen": Advice("a lock or a freeze holds these funds"),
        "Token.FundsUnavailable": Advice("the account does not hold that much"),
        "Token.NotExpendable": Advice("the account must stay alive: send less"),
        "TooManyRegistrationsThisBlock": Advice("try again in the next block", retryable=True),
        "TooManyRegistrationsThisInterval": Advice("wait for the next interval", retryable=True),
        "TransferDisallowed": Advice("the owner of this subnet does not allow stake transfers"),
        "TxRateLimitExceeded": Advice("too soon after the last one: wait some blocks", True),
        "UidVecContainInvalidOne": Advice("name only uids that exist in the subnet"),
        "UidsLengthExceedUidsInSubNet": Advice("more weights than the subnet has neurons"),
        "Unannounced": Advice("announce the call first, and wait for the proxy's delay"),
        "ValueNotInBounds": Advice("use a value within the bounds, which `taokit sudo get` shows"),
        "WeightVecLengthIsLow": Advice("set at least the subnet's min_allowed_weights weights"),
        "WeightVecNotEqualSize": Advice("give as many weights as uids"),
    }
)


def advice_for(name: str) -> Advice | None:
    """What to do about an error of that chain name; ``None`` where nothing useful is known."""
    return _ADVICE.get(name)
