"""What to do about the errors of SubtensorModule about keys: swaps, children, takes, identities."""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["REMEDIES"]

_CHILDREN = (
    "`taokit stake child set --netuid NETUID --children HOTKEY --proportions SHARE -w WALLET`"
)

REMEDIES = {
    "SubtensorModule": {
        # Swaps of hotkeys
        "NewHotKeyIsSameWithOld": "give another hotkey than the old one: `taokit wallet "
        "new-hotkey WALLET` makes one",
        "NewHotKeyNotCleanForRootSwap": "take a hotkey that has no stake and no dividends in "
        "subnet 0 (`taokit wallet new-hotkey WALLET` makes one), or swap in one subnet only, "
        "with --netuid",
        "HotKeySetTxRateLimitExceeded": later(
            "wait for the blocks between two swaps that "
            "`taokit sudo get --param tx_rate_limit` tells"
        ),
        "HotKeySwapOnSubnetIntervalNotPassed": later(
            "a coldkey swaps a hotkey once in 7200 blocks in each subnet: send it again then"
        ),
        "NotEnoughBalanceToPaySwapHotKey": "the swap costs 0.1 TAO in all subnets, 0.001 TAO in "
        "one: send the coldkey more (`taokit wallet balance -w WALLET` shows what is free)",
        # Swaps of coldkeys
        "ColdkeySwapAnnounced": "until the swap is made the coldkey can do nothing else: "
        "`taokit wallet swap-check -w WALLET` shows it; make it with `taokit wallet swap-coldkey "
        "execute --new-coldkey ADDRESS -w WALLET`, or withdraw it with "
        "`taokit wallet swap-coldkey clear -w WALLET`",
        "ColdkeySwapDisputed": "the coldkey is frozen: only root lifts that "
        "(`taokit wallet swap-coldkey reset --coldkey COLDKEY -w WALLET`); ask the chain's "
        "governance",
        "ColdkeySwapAnnouncementNotFound": "announce it first: `taokit wallet swap-coldkey "
        "announce --new-coldkey ADDRESS -w WALLET`",
        "ColdkeySwapAlreadyDisputed": "nothing to do: `taokit wallet swap-check --ss58 COLDKEY` "
        "shows the dispute, which only root ends",
        "ColdkeySwapTooEarly": later(
            "`taokit wallet swap-check -w WALLET` tells from which block it can be made"
        ),
        "ColdkeySwapClearTooEarly": later(
            "`taokit wallet swap-check -w WALLET` tells from which block it can be withdrawn"
        ),
        "ColdkeySwapReannouncedTooEarly": later(
            "`taokit wallet swap-check -w WALLET` tells when; it can be announced anew "
            "`taokit sudo get --param coldkey_swap_reannouncement_delay` blocks after that"
        ),
        "AnnouncedColdkeyHashDoesNotMatch": "give the coldkey that was announced; "
        "`taokit wallet swap-check -w WALLET` shows its hash",
        "ColdKeyAlreadyAssociated": "the new coldkey has stake of its own: announce one that has "
        "none (`taokit wallet new-coldkey NAME` makes one)",
        "NewColdKeyIsHotkey": "the new coldkey is a hotkey to the chain: announce another "
        "(`taokit wallet new-coldkey NAME` makes one)",
        "NotEnoughBalanceToPaySwapColdKey": "announcing takes 0.1 TAO: send the coldkey more "
        "(`taokit wallet balance -w WALLET` shows what is free)",
        # Children
        "InvalidChild": "a hotkey cannot be its own child: name another in --children",
        "DuplicateChild": f"name each child once: {_CHILDREN}",
        "TooManyChildren": f"name five children at most: {_CHILDREN}",
        "ProportionOverflow": f"let the proportions add up to 1 at most: {_CHILDREN}",
        "ChildParentInconsistency": "one of them is a parent of this hotkey there: "
        "`taokit stake child get --netuid NETUID --hotkey HOTKEY` of the other shows it; take "
        "another, or have the other first "
        "`taokit stake child revoke --netuid NETUID --hotkey HOTKEY -w WALLET`",
        "NotEnoughStakeToSetChildkeys": "the parent needs the stake that "
        "`taokit sudo get --param stake_threshold` tells: "
        "`taokit stake add --netuid NETUID --hotkey HOTKEY --amount AMOUNT -w WALLET`",
        "InvalidChildkeyTake": "keep within `taokit sudo get --netuid NETUID --param "
        "min_childkey_take` and `taokit sudo get --param max_childkey_take`",
        "TxChildkeyTakeRateLimitExceeded": later(
            "it may be raised again after `taokit sudo get --param "
            "tx_childkey_take_rate_limit` blocks; lowering it is never too soon"
        ),
        # Takes
        "DelegateTakeTooLow": "keep at or above `taokit sudo get --param min_delegate_take`, and "
        "give another take than the present one: `taokit sudo get-take --hotkey HOTKEY`",
        "DelegateTakeTooHigh": "keep at or below 18 %: "
        "`taokit sudo set-take --hotkey HOTKEY --take 18% -w WALLET`",
        "DelegateTxRateLimitExceeded": later(
            "it may be raised again after `taokit sudo get --param tx_delegate_take_rate_limit` "
            "blocks; lowering it is never too soon"
        ),
        "HotKeyAlreadyDelegate": "nothing to do: every hotkey is a delegate now; "
        "`taokit sudo set-take --hotkey HOTKEY --take SHARE -w WALLET` changes its take",
        # Identities and Ethereum keys
        "InvalidIdentity": "shorten the texts (`taokit wallet set-identity --help` tells how long "
        "each may be); of an Ethereum key: give the 65 bytes of its signature",
        "EvmKeyAssociateRateLimitExceeded": later(
            "a neuron associates a key once in 7200 blocks (and not in the chain's first): send "
            "it again then"
        ),
        "InvalidRecoveredPublicKey": "the signature is of another key or text: sign with "
        "--evm-key just what `taokit wallet associate-evm --help` says",
        "UnableToRecoverPublicKey": "the signature is not a whole one: sign anew, as "
        "`taokit wallet associate-evm --help` says",
        "TransactorAccountShouldBeHotKey": "older runtimes say so: sign with the hotkey",
        # Leases
        "InvalidLeaseBeneficiary": "only the crowdloan's creator can finalize one that leases a "
        "subnet: `taokit crowd info ID` shows who that is",
        "LeaseCannotEndInThePast": "the lease's end has passed while money was raised: dissolve "
        "the crowdloan (`taokit crowd dissolve --id ID -w WALLET`), make one with a later "
        "--lease-end-block",
        "LeaseDoesNotExist": "`taokit lease list` shows the leases that there are",
        "LeaseHasNoEndBlock": "this lease is for ever: nothing ends it (`taokit lease list`)",
        "LeaseHasNotEnded": later("`taokit lease list` shows the block at which it ends: wait"),
        "LeaseNetuidNotFound": "registering the leased subnet failed within the chain: send the "
        "events of the block to its developers",
        "BeneficiaryDoesNotOwnHotkey": "give a hotkey of this coldkey (`taokit wallet list`): "
        "`taokit lease terminate --lease-id N --hotkey HOTKEY -w WALLET`",
        "ExpectedBeneficiaryOrigin": "sign with the lease's beneficiary: `taokit lease list` shows "
        "who that is",
    }
}
