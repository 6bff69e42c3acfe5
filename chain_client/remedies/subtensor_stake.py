"""What to do about the errors of SubtensorModule that trades, moves and locks of stake meet."""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["REMEDIES"]

REMEDIES = {
    "SubtensorModule": {
        # Amounts
        "AmountTooLow": "stake 0.0021 TAO or more, or what comes to that in alpha; "
        "`taokit stake quote NETUID --amount AMOUNT` tells the worth, "
        "and `taokit stake remove --netuid NETUID --all -w WALLET` takes all there is",
        "NotEnoughBalanceToStake": "the coldkey holds less than that: use less than "
        "`taokit wallet balance -w WALLET` shows as free, or `taokit stake add --all -w WALLET`",
        "NotEnoughStakeToWithdraw": "less is staked there: `taokit stake list -w WALLET` shows how "
        "much, and `taokit stake remove --netuid NETUID --all -w WALLET` takes it all",
        "InsufficientBalance": "send TAO to the coldkey, or use less than "
        "`taokit wallet balance -w WALLET` shows as free; a limit order: less than what is staked",
        "BalanceWithdrawalError": "a lock, a freeze or a reserve holds the TAO: "
        "`taokit wallet balance -w WALLET` shows what of it is free",
        "ZeroBalanceAfterWithdrawn": "older runtimes say so of a withdrawal that empties the "
        "account: leave 0.0000005 TAO on it, as `taokit wallet balance -w WALLET` shows it",
        "NotEnoughStake": "older runtimes say so: stake more with "
        "`taokit stake add --netuid NETUID --amount AMOUNT -w WALLET`",
        # Trades
        "InsufficientLiquidity": "the pool cannot fill this: use a smaller amount; "
        "`taokit subnets show NETUID` shows what it holds, and "
        "`taokit stake quote NETUID --amount AMOUNT` what an amount brings",
        "SlippageTooHigh": later(
            "allow a price further off (a greater --tolerance, or --limit-price), trade less, or "
            "take a part with --allow-partial; `taokit stake quote NETUID --amount AMOUNT` tells "
            "how far an amount moves it"
        ),
        "SubtokenDisabled": later(
            "the subnet's owner has to start it: `taokit subnets check-start NETUID` tells from "
            "when, `taokit subnets start --netuid NETUID -w OWNER` does it"
        ),
        "StakingRateLimitExceeded": later(
            "older runtimes take one staking of a hotkey per block: send it again in the next"
        ),
        "AddStakeBurnRateLimitExceeded": later(
            "older runtimes limit buying to burn: "
            "`taokit sudo stake-burn --netuid NETUID --amount AMOUNT -w WALLET` after a tempo"
        ),
        "SameNetuid": "name another subnet, hotkey or coldkey as the destination: "
        "`taokit stake swap --origin-netuid NETUID --dest-netuid N --amount AMOUNT -w WALLET`",
        "TransferDisallowed": "this subnet's stake stays with its coldkey until its owner allows "
        "it: `taokit sudo set --netuid NETUID --param transfers_enabled --value true -w OWNER`; "
        "`taokit stake remove --netuid NETUID --all -w WALLET` turns it into TAO, which may go",
        "CannotBurnOrRecycleOnRootSubnet": "name another subnet than 0; TAO itself is burned with "
        "`taokit wallet burn --amount AMOUNT -w WALLET`",
        "NotEnoughAlphaOutToRecycle": "older runtimes say so: recycle less; "
        "`taokit subnets show NETUID` tells how much alpha is out",
        # Locks
        "StakeUnavailable": "a lock holds it: `taokit lock list -w WALLET` and "
        "`taokit lock free --coldkey COLDKEY` show what is free; let the lock decay with "
        "`taokit lock mode --netuid NETUID --mode decaying -w WALLET`",
        "InsufficientStakeForLock": "lock no more than the coldkey has staked in the subnet: "
        "`taokit stake list -w WALLET`",
        "LockHotkeyMismatch": "a coldkey locks to one hotkey in a subnet: lock to the one that "
        "`taokit lock list --coldkey COLDKEY` shows (the receiver's, in a transfer), or first "
        "`taokit lock move --netuid NETUID --destination-hotkey HOTKEY -w WALLET`",
        "NoExistingLock": "there is no lock to move there: "
        "`taokit lock add --netuid NETUID --amount AMOUNT -w WALLET` makes one",
        "ActiveLockExists": "the new coldkey of a swap must hold no lock: announce another one, "
        "or wait until those that `taokit lock list --coldkey ADDRESS` shows have decayed",
        "UnlockAmountTooHigh": "no call unlocks by amount any more: "
        "`taokit lock mode --netuid NETUID --mode decaying -w WALLET` lets a lock decay",
        "AccountRejectsLockedAlpha": "the receiving coldkey allows locked alpha with "
        "`taokit lock reject --no-enabled -w RECEIVER`; or send no more than "
        "`taokit lock free --coldkey COLDKEY` shows as free",
        # Root and automatic staking
        "InvalidSubnetNumber": "name one to five subnets: "
        "`taokit stake process-claim --netuids NETUID -w WALLET`, "
        "`taokit stake set-claim keep --netuids NETUID -w WALLET`",
        "SameAutoStakeHotkeyAlreadySet": "nothing to do: `taokit stake auto --coldkey COLDKEY` "
        "shows that it goes there already",
        "InvalidNumRootClaim": "root alone sets it, to 50 at most: "
        "`taokit sudo set --param num_root_claims --value 50 -w WALLET`",
        "InvalidRootClaimThreshold": "set 0.01 TAO or less: `taokit sudo set --netuid NETUID "
        "--param root_claim_threshold --value 0.01 -w WALLET`",
        "StakeTooLowForRoot": "root has no free seat: stake more in subnet 0 than its lowest "
        "member has (`taokit subnets metagraph 0`), with "
        "`taokit stake add --netuid 0 --amount AMOUNT -w WALLET`",
        "RootNetworkDoesNotExist": "this chain was made without subnet 0: its genesis has to have "
        "it; `taokit subnets list` shows which subnets there are",
        "NotRootSubnet": "older runtimes say so: name subnet 0",
    }
}
