"""What to do about the errors of SubtensorModule that owners of subnets meet."""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["REMEDIES"]

REMEDIES = {
    "SubtensorModule": {
        "SubnetNotExists": "name a subnet that `taokit subnets list` shows",
        # Making one
        "NetworkTxRateLimitExceeded": later(
            "one subnet is registered in every `taokit sudo get --param network_rate_limit` "
            "blocks: send it again then"
        ),
        "SubnetLimitReached": later(
            "there is no room, and every subnet is immune: wait until one is older than "
            "`taokit sudo get --param network_immunity_period` blocks"
        ),
        "AllNetworksInImmunity": later(
            "older runtimes say so: wait until a subnet is older than "
            "`taokit sudo get --param network_immunity_period` blocks"
        ),
        "CannotAffordLockCost": "a subnet costs what `taokit subnets burn-cost` tells, and the "
        "coldkey has less: send it more, or wait for the cost to fall",
        "FirstEmissionBlockNumberAlreadySet": "nothing to do: `taokit subnets check-start NETUID` "
        "shows that it is started",
        "NeedWaitingMoreBlocksToStarCall": later(
            "`taokit subnets check-start NETUID` tells from which block it can be started"
        ),
        "SymbolDoesNotExist": "take a symbol of the chain's table that `taokit subnets list` does "
        "not show, such as a letter of Greek, Hebrew, Arabic, Georgian or runes: "
        "`taokit subnets set-symbol SYMBOL --netuid NETUID -w WALLET`",
        "SymbolAlreadyInUse": "take a symbol that `taokit subnets list` does not show",
        "NotSubnetOwner": "sign with the coldkey that owns the subnet: "
        "`taokit subnets show NETUID` shows which",
        # Owners' settings
        "AdminActionProhibitedDuringWeightsWindow": later(
            "nothing is changed in the last blocks before an epoch: send it again after the next, "
            "which `taokit subnets show NETUID` tells"
        ),
        "TxRateLimitExceeded": later(
            "this was done too recently: an owner changes each setting once in `taokit sudo get "
            "--param owner_hparam_rate_limit` tempos, children once in 150 blocks"
        ),
        "TempoOutOfBounds": "an owner sets 360 to 50400 blocks: "
        "`taokit sudo set --netuid NETUID --param tempo --value 360 -w WALLET`",
        "ActivityCutoffTooLow": "set 360 blocks or more: "
        "`taokit sudo set --netuid NETUID --param activity_cutoff --value 360 -w WALLET`",
        "ActivityCutoffFactorMilliOutOfBounds": "set 1 to 50 tempos: `taokit sudo set --netuid "
        "NETUID --param activity_cutoff_factor --value 1 -w WALLET`",
        "LiquidAlphaDisabled": "switch it on first: `taokit sudo set --netuid NETUID --param "
        "liquid_alpha_enabled --value true -w WALLET`",
        "AlphaHighTooLow": "let the higher of alpha_values be 0.025 or more: "
        "`taokit sudo get --netuid NETUID --param alpha_values` shows them",
        "AlphaLowOutOfRange": "let the lower of alpha_values be 0.025 or more, and no higher than "
        "the other: `taokit sudo get --netuid NETUID --param alpha_values` shows them",
        "RevealPeriodTooLarge": "set 100 epochs or less: `taokit sudo set --netuid NETUID --param "
        "commit_reveal_period --value 100 -w WALLET`",
        "RevealPeriodTooSmall": "set 1 epoch or more: `taokit sudo set --netuid NETUID --param "
        "commit_reveal_period --value 1 -w WALLET`",
        "VotingPowerTrackingNotEnabled": "nothing to do: it is off, as `taokit sudo get --netuid "
        "NETUID --param voting_power_tracking` shows",
        "InvalidVotingPowerEmaAlpha": "root alone sets it, to 100 % at most: `taokit sudo set "
        "--netuid NETUID --param voting_power_ema_alpha --value 100% -w WALLET`",
        "InvalidValue": "the number is out of its range: `taokit subnets mechanisms count NETUID` "
        "and `taokit sudo get --netuid NETUID` tell the bounds; a split adds up to the whole",
        # Neurons and epochs of a subnet
        "TooManyUIDsPerMechanism": "neurons times mechanisms may be 256: first lower the room with "
        "`taokit sudo trim --netuid NETUID --max-uids N -w WALLET`, or take fewer mechanisms",
        "TrimmingWouldExceedMaxImmunePercentage": later(
            "80 % of the neurons that stay may be immune: keep more of them, or wait until some "
            "are older than `taokit sudo get --netuid NETUID --param immunity_period` blocks"
        ),
        "UidMapCouldNotBeCleared": "trimming failed within the chain: keep more neurons "
        "(`taokit sudo trim --netuid NETUID --max-uids N -w WALLET`), and tell its developers",
        "DynamicTempoBlockedByCommitReveal": "epochs are only triggered where weights are plain: "
        "`taokit sudo set --netuid NETUID --param commit_reveal_weights_enabled --value false "
        "-w WALLET` first",
        "EpochTriggerAlreadyPending": "nothing to do: `taokit subnets show NETUID` shows when the "
        "epoch that was triggered comes",
        "AutoEpochAlreadyImminent": "nothing to do: the next epoch comes sooner than a triggered "
        "one would, as `taokit subnets show NETUID` shows",
        # What only the runtime's makers can change
        "Deprecated": "this call was taken away: `taokit call list SubtensorModule` shows those "
        "that there are; coldkeys are swapped with `taokit wallet swap-coldkey announce "
        "--new-coldkey ADDRESS -w WALLET`",
        "DisabledTemporarily": later(
            "the runtime's makers have switched this off: wait for the next upgrade"
        ),
        "CallDisabled": "the runtime's makers have switched this call off for good: "
        "`taokit call list SubtensorModule` shows those that there are",
        "Overflow": "the chain's numbers of leases are at an end: tell its developers",
    }
}
