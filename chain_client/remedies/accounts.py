"""What to do about errors of accounts: balances, proxies, multisigs, batches, preimages."""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["REMEDIES"]

_OWN_INDEX = "only a runtime without its own hashing raises this: tell the chain's developers"

REMEDIES = {
    "Balances": {
        "InsufficientBalance": "send less than `taokit wallet balance -w WALLET` shows as free, "
        "or all of it: `taokit wallet transfer --to ADDRESS --all -w WALLET`",
        "ExistentialDeposit": "the receiver would hold less than "
        "`taokit query existential-deposit` tells, the least an account may: send more",
        "Expendability": "the sender's account would end: send less, or end it with "
        "`taokit wallet transfer --to ADDRESS --amount AMOUNT --allow-death -w WALLET`",
        "LiquidityRestrictions": "a lock or a freeze holds a part: send no more than "
        "`taokit wallet balance -w WALLET` shows as free",
        "DeadAccount": "the receiver does not exist yet: send it at least what "
        "`taokit query existential-deposit` tells",
        "VestingBalance": "no account vests on this chain: only an older runtime says so",
        "ExistingVestingSchedule": "no account vests on this chain: only an older runtime says so",
        "TooManyReserves": "the account has 50 named reserves: end a proxy "
        "(`taokit proxy list -w WALLET`) or a multisig proposal that holds one",
        "TooManyHolds": "give back a deposit that is held: `taokit tx forget-preimage "
        "--call-hash HASH -w WALLET` frees that of a preimage",
        "TooManyFreezes": "only pallets freeze balances: none of this runtime does; tell its "
        "developers",
        "IssuanceDeactivated": "root alone adjusts the issuance, and this runtime does not let it",
        "DeltaZero": "root alone adjusts the issuance: by more than zero",
    },
    "Proxy": {
        "NotProxy": "the account makes the signer its proxy first: `taokit proxy add --delegate "
        "ADDRESS --proxy-type KIND -w OWNER`; `taokit proxy list --address ADDRESS` shows those "
        "it has",
        "NotFound": "there is none like that: `taokit proxy list -w WALLET` shows the proxies, "
        "`taokit query announcements ADDRESS` what one has announced",
        "TooMany": "the account has 20 proxies, or the proxy has announced 75 calls: "
        "`taokit proxy remove --delegate ADDRESS --proxy-type KIND -w WALLET`, or "
        "`taokit proxy withdraw --real ADDRESS --call-hash HASH -w WALLET`",
        "Unproxyable": "a proxy of that kind may not make the call: `taokit query proxy-kinds` "
        "shows which may",
        "Duplicate": "nothing to do: `taokit proxy list -w WALLET` shows it; for another pure "
        "account in one block give another --index",
        "NoPermission": "only the spawner ends a pure account, through it: `taokit proxy kill "
        "--spawner ADDRESS --height N --ext-index N --proxy-type KIND -w WALLET`",
        "Unannounced": later(
            "announce it first: `taokit proxy announce --real ADDRESS --call-hash HASH "
            "-w WALLET`; when the delay is over, `taokit proxy execute` makes it"
        ),
        "NoSelfProxy": "name another account than the signer's own in --delegate",
        "AnnouncementDepositInvariantViolated": "the deposit of an announcement is gone, which "
        "this runtime never lets happen: tell its developers",
        "InvalidDerivedAccountId": _OWN_INDEX,
    },
    "Multisig": {
        "MinimumThreshold": "give a --threshold of 2 or more; with 1, one signs for it alone: "
        "`taokit multisig propose --multisig NAME --call JSON -w WALLET`",
        "AlreadyApproved": "this account has approved it: wait for the others, then "
        "`taokit multisig execute --multisig NAME --call-hash HASH -w WALLET`",
        "NoApprovalsNeeded": "it has all approvals: "
        "`taokit multisig execute --multisig NAME --call-hash HASH -w WALLET`",
        "TooFewSignatories": "name somebody beside the signer: `taokit multisig create NAME "
        "--signatories ADDRESSES --threshold 2`",
        "TooManySignatories": "name 100 signatories at most: `taokit multisig create NAME "
        "--signatories ADDRESSES --threshold 2`",
        "SignatoriesOutOfOrder": "sort the signatories by public key, each once, as "
        "`taokit multisig create NAME --signatories ADDRESSES --threshold 2` does",
        "SenderInSignatories": "of a raw call: leave the signer out of other_signatories; "
        "`taokit multisig propose --multisig NAME --call JSON -w WALLET` does",
        "NotFound": "`taokit multisig show NAME` lists what is proposed: check call, signatories "
        "and threshold, or propose it: "
        "`taokit multisig propose --multisig NAME --call JSON -w WALLET`",
        "NotOwner": "sign with the account that proposed it: `taokit multisig show NAME` shows "
        "which",
        "NoTimepoint": "it is proposed already: `taokit multisig approve --multisig NAME "
        "--call-hash HASH -w WALLET` finds its timepoint",
        "WrongTimepoint": "it was proposed at another block: `taokit multisig approve --multisig "
        "NAME --call-hash HASH -w WALLET` finds its timepoint",
        "UnexpectedTimepoint": "nothing like that is proposed: `taokit multisig propose "
        "--multisig NAME --call JSON -w WALLET` does that, without a timepoint",
        "MaxWeightTooLow": "of a raw call: give a greater max_weight; `taokit multisig execute "
        "--multisig NAME --call JSON -w WALLET` measures it",
        "AlreadyStored": "nothing to do: the chain has the call; only older runtimes say so",
    },
    "Utility": {
        "TooManyCalls": "a batch takes 10922 calls: split it over several `taokit tx batch FILE "
        "-w WALLET`",
        "InvalidDerivedAccount": _OWN_INDEX,
    },
    "Preimage": {
        "TooBig": "the chain keeps calls of up to 4 MiB: split it with `taokit tx batch FILE "
        "-w WALLET`",
        "AlreadyNoted": "nothing to do: the chain has it",
        "NotAuthorized": "sign with the account that noted it",
        "NotNoted": "note it first: `taokit tx note-preimage --call JSON -w WALLET`",
        "Requested": "a scheduled call needs it: forget it once that is made "
        "(`taokit tx forget-preimage --call-hash HASH -w WALLET`)",
        "NotRequested": "root alone requests preimages, and this one was not: nothing to undo",
        "TooMany": "name 1024 hashes at most in one call",
        "TooFew": "name one hash at least",
    },
    "Scheduler": {
        "FailedToSchedule": "root alone schedules: the agenda of that block is full or the name "
        "taken; take another block or name",
        "NotFound": "root alone schedules: no such task is on the agenda; "
        "`taokit query Scheduler.Agenda N` shows that of a block",
        "TargetBlockNumberInPast": "root alone schedules: name a block to come, after the one that "
        "`taokit query status` tells",
        "RescheduleNoChange": "root alone schedules: it is due at that block already",
        "Named": "root alone schedules: cancel a task with a name by that name (cancel_named)",
    },
}
