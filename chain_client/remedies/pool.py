"""What the transaction pool refuses with: ``Custom error: n``, and the texts of ``sp_runtime``.

Owns the two tables. Codes and texts are the chain's (``CustomTransactionError`` in
``common/src/transaction_error.rs``, ``InvalidTransaction`` of ``sp_runtime``); the advice is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from taokit.chain_client.remedies.advice import Advice

__all__ = ["CUSTOM_CODES", "INVALID_REASONS"]


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
            Advice("this call is closed to signed accounts, or to everybody at the moment"),
        ),
        "Inability to pay some fees": (
            "payment",
            "the signer cannot pay the fee",
            Advice(
                "send the signing account TAO first: `taokit wallet balance -w WALLET` shows what "
                "it has (on a local chain: `taokit localnet fund COLDKEY AMOUNT`)"
            ),
        ),
        "Transaction will be valid in the future": (
            "future",
            "the nonce is ahead of the account's next one",
            Advice("send the transactions with the lower nonces first, or leave --nonce out"),
        ),
        "Transaction is outdated": (
            "stale",
            "the nonce was used already, or the era is too long for this call",
            Advice("sign again, without --nonce: then it is the next one", retryable=True),
        ),
        "Transaction has a bad signature": (
            "bad_signature",
            "the signature does not fit",
            Advice("connect again and sign anew: the runtime or the chain may have changed"),
        ),
        "Transaction has an ancient birth block": (
            "expired",
            "the era is over",
            Advice(
                "sign again: it came too late; a longer --period leaves more time", retryable=True
            ),
        ),
        "Transaction would exhaust the block limits": (
            "too_heavy",
            "it does not fit into a block",
            Advice(
                "split it (`taokit tx batch FILE -w WALLET` of fewer calls), or send it again when "
                "blocks are less full",
                retryable=True,
            ),
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
            Advice(
                "sign with the account that holds the right; for calls of Sudo that is what "
                "`taokit query Sudo.Key` tells"
            ),
        ),
    }
)
"""By the beginning of the pool's text: (reason, sentence, advice)."""
