"""What to do about errors of the chain's machinery, and of no pallet at all.

The latter stand under the pallet ``""``: the names in ``Custom error: n`` that no pallet has, and
the runtime's own (``BadOrigin``, ``Token.*``, ...), of which it owns the meanings too.
"""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["MEANINGS", "REMEDIES"]

_DEVELOPERS = "that is a mistake in the runtime: tell the chain's developers, with the block"
_UPGRADE = "root alone replaces the runtime:"
_AUTHORITIES = "only validators of the chain and root meet this:"
_REPORT = "only a report of an equivocation by a block author meets this:"
_SAFE = "safe mode belongs to root on this chain:"

MEANINGS = {
    "": {
        "StakeAmountTooLow": "The pool: the amount, or the stake that the call takes, is too low.",
        "BalanceTooLow": "The pool: the coldkey's balance does not cover this.",
        "RateLimitExceeded": "The pool: the last weights, commit or subnet is too recent.",
        "UidNotFound": "The pool: the hotkey has no uid on the subnet.",
        "ZeroMaxAmount": "The pool: nothing can be traded within the price limit.",
        "InvalidRealAccount": "The pool: the account that a proxy acts for is not one.",
        "FailedShieldedTxParsing": "The pool: the sealed transaction cannot be read.",
        "InvalidShieldedTxPubKeyHash": "The pool: it was sealed to a key that is not the author's.",
        "BadRequest": "The pool: the call would fail, with an error that has no number.",
        "BadOrigin": "This account, or any account, may not make the call.",
        "CannotLookup": "The address of an account names nobody.",
        "Other": "The runtime failed with a text, which does not come to the block.",
        "ConsumerRemaining": "The account cannot end: something still needs it.",
        "NoProviders": "The account does not exist, and something was to depend on it.",
        "TooManyConsumers": "As much depends on the account as may.",
        "Exhausted": "A resource of the block is used up.",
        "Corruption": "The chain's state contradicts itself.",
        "Unavailable": "What the call needs is not there at the moment.",
        "RootNotAllowed": "Root may not make this call.",
        "Token.FundsUnavailable": "The account holds too little that is free.",
        "Token.OnlyProvider": "The account would end, and something still needs it.",
        "Token.BelowMinimum": "An account would hold less than it must.",
        "Token.CannotCreate": "The receiving account cannot be made.",
        "Token.UnknownAsset": "There is no such token.",
        "Token.Frozen": "The funds are frozen.",
        "Token.Unsupported": "This token does not offer that.",
        "Token.CannotCreateHold": "Nothing more can be held of this account.",
        "Token.NotExpendable": "The account would end, which the call forbids.",
        "Token.Blocked": "The account may not receive this.",
        "Arithmetic.Underflow": "A number would become negative.",
        "Arithmetic.Overflow": "A number would become too large.",
        "Arithmetic.DivisionByZero": "Something was to be divided by zero.",
        "Transactional.LimitReached": "Storage layers lie too deep in one another.",
        "Transactional.NoLayer": "A storage layer was expected, and there is none.",
    }
}

REMEDIES = {
    "": {
        # Names in `Custom error: n` alone
        "StakeAmountTooLow": "of a trade: use 0.0021 TAO or more; of weights: the hotkey needs the "
        "stake weight that `taokit sudo get --param stake_threshold` tells",
        "BalanceTooLow": "the coldkey holds less than that: `taokit wallet balance -w WALLET` "
        "shows what is free",
        "RateLimitExceeded": later(
            "too soon after the last weights, commit or subnet: wait for the blocks that "
            "`taokit sudo get --netuid NETUID --param weights_rate_limit` or "
            "`taokit sudo get --param network_rate_limit` tells"
        ),
        "UidNotFound": "the hotkey has no uid there: "
        "`taokit subnets register --netuid NETUID -w WALLET`",
        "ZeroMaxAmount": "older runtimes say so: the price is at the limit already; move "
        "--limit-price",
        "InvalidRealAccount": "older runtimes say so: check the address in --proxy-for "
        "(`taokit proxy list --address ADDRESS`)",
        "FailedShieldedTxParsing": "the envelope cannot be opened: send it again with "
        "--mev-protection, which takes the author's newest key, or without",
        "InvalidShieldedTxPubKeyHash": later(
            "it was sealed for an author whose key has changed: send it again"
        ),
        "BadRequest": "the chain refuses it before the block without saying why: "
        "the same command with --simulate shows the error of the call itself",
        # The runtime's own
        "BadOrigin": "this account may not make this call: it is the owner's "
        "(`taokit subnets show NETUID` shows who that is), the hotkey's, or root's "
        "(`taokit query Sudo.Key`)",
        "CannotLookup": "give the receiver as an address (5...)",
        "Other": "the runtime gives no reason: the same command with --simulate shows more",
        "ConsumerRemaining": "something still needs the account: end its proxies and reserves "
        "first (`taokit proxy list -w WALLET`)",
        "NoProviders": "the account does not exist: send it TAO first "
        "(`taokit wallet transfer --to ADDRESS --amount AMOUNT -w WALLET`)",
        "TooManyConsumers": "too much hangs on this account: use another",
        "Exhausted": later("the block is full: send it again"),
        "Corruption": f"the chain's state is broken: {_DEVELOPERS}",
        "Unavailable": later("what it needs is not there at the moment: send it again"),
        "RootNotAllowed": "root may not make this call: sign it without sudo",
        "Token.FundsUnavailable": "the account holds less: send no more than "
        "`taokit wallet balance -w WALLET` shows as free",
        "Token.OnlyProvider": "the account must live on: send less, or end it with "
        "`taokit wallet transfer --to ADDRESS --amount AMOUNT --allow-death -w WALLET`",
        "Token.BelowMinimum": "the receiver would hold less than "
        "`taokit query existential-deposit` tells: send more",
        "Token.CannotCreate": "the receiver's account cannot be made: send it more than "
        "`taokit query existential-deposit` tells",
        "Token.UnknownAsset": "there is no such token: name a subnet that "
        "`taokit subnets list` shows",
        "Token.Frozen": "a lock or a freeze holds these funds: `taokit wallet balance -w WALLET` "
        "shows what is free",
        "Token.Unsupported": f"this token does not do that: {_DEVELOPERS}",
        "Token.CannotCreateHold": "nothing more can be held of this account: free a deposit "
        "(`taokit proxy list -w WALLET`)",
        "Token.NotExpendable": "the account must live on: send less, or end it with "
        "`taokit wallet transfer --to ADDRESS --amount AMOUNT --allow-death -w WALLET`",
        "Token.Blocked": "this account takes nothing in: name another receiver",
        "Arithmetic.Underflow": "the amount is more than there is: use a smaller one",
        "Arithmetic.Overflow": "the amount is too great for the chain: use a smaller one",
        "Arithmetic.DivisionByZero": f"something is empty that must not be: {_DEVELOPERS}",
        "Transactional.LimitReached": "calls lie too deep in one another: batch less deeply",
        "Transactional.NoLayer": f"a call runs outside of a transaction: {_DEVELOPERS}",
    },
    "System": {
        "CallFiltered": "this call is closed to the proxy's kind (`taokit query proxy-kinds` shows "
        "what each may); or it is a batch inside a batch; or safe mode is on "
        "(`taokit query SafeMode.EnteredUntil`)",
        "InvalidSpecName": f"{_UPGRADE} build it for this chain's spec name",
        "SpecVersionNeedsToIncrease": f"{_UPGRADE} raise its spec_version",
        "FailedToExtractRuntimeVersion": f"{_UPGRADE} the code is no runtime; build it anew",
        "NothingAuthorized": f"{_UPGRADE} authorize the code's hash first (authorize_upgrade)",
        "Unauthorized": f"{_UPGRADE} send the code whose hash was authorized",
        "MultiBlockMigrationsOngoing": later(f"{_UPGRADE} wait until the migration is over"),
        "NonDefaultComposite": "the account still holds something: "
        "`taokit wallet balance -w WALLET` shows what",
        "NonZeroRefCount": "the account is still needed: end its proxies and reserves first "
        "(`taokit proxy list -w WALLET`)",
    },
    "Drand": {
        "NoneValue": "nothing was stored: `taokit timelock status` shows the rounds that were",
        "StorageOverflow": f"a counter is at its end: {_DEVELOPERS}",
        "DrandConnectionFailure": later(
            "the node's worker does not reach the beacon: `taokit timelock status` shows when it "
            "does again; on a local chain, `taokit localnet pulses FILE` brings them"
        ),
        "UnverifiedPulse": "the beacon did not sign that: write only pulses of the quicknet that "
        "`taokit timelock status` names",
        "InvalidRoundNumber": "write only rounds after the newest one: `taokit timelock status` "
        "shows it",
        "PulseVerificationError": "the pulse or the beacon's key is not whole: write one of the "
        "quicknet that `taokit timelock status` names",
    },
    "Grandpa": {
        "PauseFailed": f"{_AUTHORITIES} finality is paused or about to be",
        "ResumeFailed": f"{_AUTHORITIES} finality is not paused",
        "ChangePending": f"{_AUTHORITIES} wait until the change before is made",
        "TooSoon": f"{_AUTHORITIES} wait twice the delay of the forced change before",
        "InvalidKeyOwnershipProof": f"{_REPORT} prove the key as of the block that it was used in",
        "InvalidEquivocationProof": f"{_REPORT} give two votes of one round by one key",
        "DuplicateOffenceReport": f"{_REPORT} nothing to do, it is known",
    },
    "MevShield": {
        "BadEncKeyLen": "only block authors announce keys: one has 1184 bytes",
        "Unreachable": f"the block has no author: {_DEVELOPERS}",
        "TooManyPendingExtrinsics": later(
            "as many wait as `taokit sudo get --param shield_max_pending` tells: send it again, "
            "or without --mev-protection"
        ),
        "WeightExceedsAbsoluteMax": "root alone sets it, to half a block at most: "
        "`taokit sudo set --param shield_block_weight --value 2000000000000 -w WALLET`",
    },
    "SafeMode": {
        "Entered": later(f"{_SAFE} it is on; wait until `taokit query SafeMode.EnteredUntil`"),
        "Exited": f"{_SAFE} it is off, as `taokit query SafeMode.EnteredUntil` shows",
        "NotConfigured": f"{_SAFE} nobody else can enter or prolong it, or get a deposit back",
        "NoDeposit": f"{_SAFE} the account has no deposit of that block",
        "AlreadyDeposited": f"{_SAFE} the account has a deposit in this block already",
        "CannotReleaseYet": later(f"{_SAFE} wait until it is over and the delay has passed"),
        "CurrencyError": f"{_SAFE} `taokit wallet balance -w WALLET` shows what can be held",
    },
}
