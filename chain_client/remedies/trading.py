"""What to do about errors of crowdloans, commitments, limit orders and the pools."""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["REMEDIES"]

_TOLD = "`taokit crowd info ID`"
_NO_POSITIONS = "liquidity positions do not exist any more: a pool is only traded with"
_AGAIN = "have its owner sign another"
_PLACE = "`taokit order place --netuid NETUID --amount AMOUNT --price PRICE -w WALLET`"

REMEDIES = {
    "Crowdloan": {
        "InvalidCrowdloanId": "`taokit crowd list` shows the crowdloans that there are",
        "DepositTooLow": "deposit 10 TAO or more (--deposit 10)",
        "CapTooLow": "set a cap above the deposit, and not below what is raised: "
        "`taokit crowd update --id ID --cap AMOUNT -w WALLET`",
        "MinimumContributionTooLow": "let the least contribution be 0.1 TAO or more: "
        "`taokit crowd update --id ID --min-contribution 0.1 -w WALLET`",
        "MinimumContributionTooHigh": "keep it at or below the most that one may give: "
        "`taokit crowd update --id ID --min-contribution AMOUNT -w WALLET`; "
        f"{_TOLD} tells both",
        "MaximumContributionTooLow": "keep it at or above the least contribution and the "
        "creator's own: `taokit crowd update --id ID --max-contribution AMOUNT -w WALLET`",
        "CannotEndInPast": "end it at a block to come, 50400 to 432000 from now; "
        "`taokit query status` tells the present one",
        "BlockDurationTooShort": "let it end 50400 blocks from now or later (a week): "
        "--duration 50400",
        "BlockDurationTooLong": "let it end within 432000 blocks (two months): --duration 432000",
        "InsufficientBalance": "the coldkey holds less: give less than "
        "`taokit wallet balance -w WALLET` shows as free",
        "InvalidFinalizationConfig": "say where the money goes, one way only: --target-address, "
        "a call, or --subnet-lease",
        "CapRaised": "all is raised, and no more is taken; its creator may raise the cap: "
        "`taokit crowd update --id ID --cap AMOUNT -w CREATOR`",
        "ContributionTooLow": f"contribute the least that {_TOLD} tells, or more: "
        "`taokit crowd contribute --id ID --amount AMOUNT -w WALLET`",
        "MaxContributorsReached": "500 have contributed, and no more can: ask one of them to "
        "give for you",
        "MaxContributionReached": "this coldkey has given the most it may: its creator may raise "
        "that with `taokit crowd update --id ID --max-contribution AMOUNT -w CREATOR`",
        "ContributionPeriodEnded": "it has ended; its creator may let it go on: "
        "`taokit crowd update --id ID --end N -w CREATOR`",
        "ContributionPeriodNotEnded": later(f"{_TOLD} tells the block at which it ends: wait"),
        "InvalidOrigin": f"sign with the coldkey that made the crowdloan: {_TOLD} shows which",
        "AlreadyFinalized": f"nothing can be changed any more: {_TOLD} shows that it is finalized",
        "NoContribution": "this coldkey has nothing in it: `taokit crowd contributors ID` shows "
        "who has",
        "DepositCannotBeWithdrawn": "the creator's deposit comes back with the end: "
        "`taokit crowd refund --id ID -w WALLET`, then `taokit crowd dissolve --id ID -w WALLET`",
        "CapNotRaised": "wait until all is raised, or set the cap to what is: "
        f"{_TOLD} tells it, `taokit crowd update --id ID --cap AMOUNT -w WALLET` sets it",
        "NotReadyToDissolve": "first give the others their money back: "
        "`taokit crowd refund --id ID -w WALLET`, 50 of them each time",
        "CallUnavailable": "the chain has no longer the call that it was to make: give the money "
        "back with `taokit crowd refund --id ID -w WALLET`, and make another crowdloan",
        "Overflow": "the amounts are too great for the chain: use smaller ones",
        "Underflow": f"the amounts do not fit those that are there: {_TOLD} shows them",
    },
    "Commitments": {
        "AccountNotAllowedCommit": "sign with a hotkey that is registered there: "
        "`taokit subnets register --netuid NETUID -w WALLET`",
        "TooManyFieldsInCommitmentInfo": "of a raw call: give 3 fields at most; "
        "`taokit commitment set --netuid NETUID --data TEXT -w WALLET` makes one",
        "SpaceLimitExceeded": later(
            "each epoch has so many bytes for a neuron (100 for each commitment at least): wait "
            "for the next, which `taokit subnets show NETUID` tells, or publish less"
        ),
        "UnexpectedUnreserveLeftover": "the deposit of a commitment is gone, which this runtime "
        "never lets happen: tell its developers",
    },
    "LimitOrders": {
        "InvalidSignature": f"the order was changed, or signed by another key: {_AGAIN} "
        f"({_PLACE}), with an sr25519 key",
        "OrderAlreadyProcessed": "nothing to do: the order is filled or cancelled (one that is "
        "filled in part cannot be cancelled, and expires); `taokit order list` shows those kept",
        "OrderCancelled": f"its owner has cancelled it: {_AGAIN} ({_PLACE})",
        "OrderExpired": f"its time is over: {_AGAIN} ({_PLACE}), with a longer --expires",
        "PriceConditionNotMet": later(
            "wait until `taokit subnets price NETUID` is on the order's side of its limit"
        ),
        "OrderNetUidMismatch": "of a raw call: put only orders of one subnet into a batch",
        "DuplicateOrderInBatch": "of a raw call: put each order into a batch once",
        "RootNetUidNotAllowed": f"subnet 0 has no market: name another ({_PLACE})",
        "Unauthorized": "sign with the coldkey that signed the order: "
        "`taokit order cancel --order FILE -w WALLET`",
        "LimitOrdersDisabled": "root has switched limit orders off: "
        "`taokit sudo get --param limit_orders_enabled` tells when they are on again; trade with "
        "`taokit stake add --netuid NETUID --amount AMOUNT --limit-price PRICE -w WALLET`",
        "SwapReturnedZero": "the orders of the batch come to too little: leave the small ones out, "
        "or bring them alone: `taokit order execute --order FILE -w WALLET`",
        "ZeroShareInBatch": "one order of the batch is too small beside the others: bring it "
        "alone: `taokit order execute --order FILE -w WALLET`",
        "RelayerMissMatch": "sign with one of the relayers that the order names, or have its "
        f"owner sign one without --relayers ({_PLACE})",
        "PartialFillsNotEnabled": "fill it whole, without --fill: "
        "`taokit order execute --order FILE -w WALLET`",
        "IncorrectPartialFillAmount": "fill more than nothing, and no more than is left: "
        "`taokit order execute --order FILE --fill RAO -w WALLET`",
        "RelayerRequiredForPartialFill": f"an order in parts names its relayers: {_AGAIN}, with "
        "--partial and --relayers, or fill it whole: "
        "`taokit order execute --order FILE -w WALLET`",
        "ChainIdMismatch": "the order is for another network: bring it there (--network), or "
        f"{_AGAIN} here",
        "ArithmeticOverflow": "the price is too small for the amount: use a smaller amount",
        "PalletHotkeyNotRegistered": "root alone switches limit orders on, once the pallet's "
        "hotkey is registered: `taokit sudo get --param limit_orders_enabled` tells",
    },
    "Swap": {
        "PriceLimitExceeded": later(
            "the price is beyond the limit already: `taokit subnets price NETUID` tells it; move "
            "--limit-price past it, give --tolerance in its place, or wait"
        ),
        "ReservesTooLow": "the amount is too small to bring anything, or the pool is nearly empty: "
        "`taokit stake quote NETUID --amount AMOUNT` and `taokit subnets show NETUID` tell",
        "SwapInputTooLarge": "trade at most 1000 times what `taokit subnets show NETUID` tells "
        "that the pool holds; better much less",
        "InsufficientLiquidity": "the pool cannot pay that out: use a smaller amount; "
        "`taokit subnets show NETUID` tells what it holds",
        "InsufficientInputAmount": "the amount is too small to be traded: use more",
        "InsufficientBalance": f"{_NO_POSITIONS} `taokit stake add --netuid NETUID "
        "--amount AMOUNT -w WALLET`",
        "InvalidLiquidityValue": f"{_NO_POSITIONS} `taokit stake add --netuid NETUID "
        "--amount AMOUNT -w WALLET`",
        "InvalidTickRange": f"{_NO_POSITIONS} `taokit stake add --netuid NETUID "
        "--amount AMOUNT -w WALLET`",
        "Deprecated": f"{_NO_POSITIONS} `taokit stake add --netuid NETUID --amount AMOUNT "
        "-w WALLET`",
        "SubtokenDisabled": later(
            "the subnet has not been started: `taokit subnets check-start NETUID` tells from "
            "when its owner may"
        ),
        "MechanismDoesNotExist": "name a subnet that `taokit subnets list` shows",
        "FeeRateTooHigh": "root alone sets it, up to 15.25 %: `taokit sudo set --netuid NETUID "
        "--param fee_rate --value 0.3% -w WALLET`",
        "ReservesOutOfBalance": "reserves and price of the pool do not go together: "
        "`taokit subnets show NETUID` shows them; tell the chain's developers",
    },
}
