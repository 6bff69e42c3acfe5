"""What to do about errors of SubtensorModule that neurons meet: registering, serving, weights."""

from __future__ import annotations

from taokit.chain_client.remedies.advice import later

__all__ = ["REMEDIES"]

_READ_WEIGHTS = "`taokit sudo get --netuid NETUID --param"

REMEDIES = {
    "SubtensorModule": {
        # Registering
        "HotKeyAccountNotExists": "no coldkey owns that hotkey yet: check its address, or "
        "`taokit wallet associate-hotkey --hotkey HOTKEY -w WALLET` makes it this coldkey's",
        "HotKeyNotRegisteredInNetwork": "first register a hotkey of this coldkey: "
        "`taokit subnets register --netuid NETUID -w WALLET`",
        "HotKeyNotRegisteredInSubNet": "give a hotkey that has a uid there "
        "(`taokit subnets metagraph NETUID`), or register this one: "
        "`taokit subnets register --netuid NETUID --hotkey HOTKEY -w WALLET`",
        "HotKeyAlreadyRegisteredInSubNet": "it has a uid there, which "
        "`taokit query uid NETUID --hotkey HOTKEY` tells; to register or swap to another, "
        "`taokit wallet new-hotkey WALLET` makes one",
        "SubNetRegistrationDisabled": "only root opens it: `taokit sudo get --netuid NETUID "
        "--param registration_allowed` tells whether it did; of a new subnet: wait for the block "
        "that `taokit query SubtensorModule.NetworkRegistrationStartBlock` tells",
        "RegistrationNotPermittedOnRootSubnet": "name another subnet than 0; its seats are taken "
        "with `taokit root register -w WALLET`",
        "RegistrationPriceLimitExceeded": later(
            "the price is above the limit: `taokit subnets registration-cost NETUID` tells it; "
            "wait until it falls, or raise --limit-price"
        ),
        "TooManyRegistrationsThisBlock": later("send it again: the next block counts anew"),
        "TooManyRegistrationsThisInterval": later(
            "wait for the next interval, whose length and quota "
            "`taokit sudo get --netuid 0 --param target_regs_per_interval` and "
            "`taokit sudo get --netuid 0 --param adjustment_interval` tell"
        ),
        "NoNeuronIdAvailable": later(
            "the subnet is full and no neuron may be replaced: its owner makes room with `taokit "
            "sudo set --netuid NETUID --param max_allowed_uids --value N -w OWNER` (256 at most)"
        ),
        "NonAssociatedColdKey": "sign with the coldkey that owns the hotkey, which "
        "`taokit subnets metagraph NETUID` shows; the hotkeys of a wallet: `taokit wallet list`",
        "CannotUseSystemAccount": "that address is a subnet's own account: give a hotkey of a "
        "wallet (`taokit wallet list`)",
        "InvalidWorkBlock": "only local chains take work (the faucet): solve it for one of the "
        "last three blocks; `taokit localnet fund COLDKEY AMOUNT` needs none",
        "InvalidDifficulty": "only local chains take work (the faucet): search another nonce; "
        "`taokit localnet fund COLDKEY AMOUNT` needs none",
        "InvalidSeal": "only local chains take work (the faucet): hash block, nonce and coldkey; "
        "`taokit localnet fund COLDKEY AMOUNT` needs none",
        "FaucetDisabled": "only local chains give TAO away: `taokit localnet fund COLDKEY AMOUNT`",
        # Serving
        "InvalidIpType": "the type is 4 or 6; `taokit axon set --netuid NETUID --ip ADDRESS "
        "--port PORT -w WALLET` takes it from the address",
        "InvalidIpAddress": "serve an address that others reach, not loopback, zero or broadcast: "
        "`taokit axon set --netuid NETUID --ip ADDRESS --port PORT -w WALLET`",
        "InvalidPort": "use a port from 1 to 65535: "
        "`taokit axon set --netuid NETUID --ip ADDRESS --port PORT -w WALLET`",
        "ServingRateLimitExceeded": later(
            "wait as many blocks since it last served as "
            "`taokit sudo get --netuid NETUID --param serving_rate_limit` tells"
        ),
        # Weights
        "NotEnoughStakeToSetWeights": "the hotkey needs the weight in stake that "
        "`taokit sudo get --param stake_threshold` tells: "
        "`taokit stake add --netuid NETUID --hotkey HOTKEY --amount AMOUNT -w WALLET`",
        "NeuronNoValidatorPermit": later(
            "only those with the most stake may weigh others: "
            "`taokit stake add --netuid NETUID --hotkey HOTKEY --amount AMOUNT -w WALLET`, then "
            "wait for the next epoch; `taokit subnets metagraph NETUID` shows who may"
        ),
        "SettingWeightsTooFast": later(
            f"wait for the blocks between two that {_READ_WEIGHTS} weights_rate_limit` tells"
        ),
        "CommittingWeightsTooFast": later(
            f"wait for the blocks between two commits that {_READ_WEIGHTS} weights_rate_limit` "
            "tells"
        ),
        "CommitRevealEnabled": "this subnet takes weights by commit and reveal only: `taokit "
        "weights set --netuid NETUID --uids UIDS --weights WEIGHTS -w WALLET` does what it needs",
        "CommitRevealDisabled": "this subnet takes plain weights: `taokit weights set "
        "--netuid NETUID --uids UIDS --weights WEIGHTS --how plain -w WALLET`",
        "IncorrectCommitRevealVersion": "another runtime runs now: connect again, and update "
        "taokit if that does not help; `taokit sudo get --param commit_reveal_version` tells",
        "InvalidRevealRound": "commit to a round of drand that is to come: `taokit weights set "
        "--netuid NETUID --uids UIDS --weights WEIGHTS --how timelock -w WALLET` chooses it",
        "IncorrectWeightVersionKey": "give a --version-key of at least what "
        f"{_READ_WEIGHTS} weights_version` tells, or none: then that is taken",
        "WeightVecLengthIsLow": "weigh at least as many neurons as "
        f"{_READ_WEIGHTS} min_allowed_weights` tells",
        "WeightVecNotEqualSize": "give --weights as many numbers as --uids",
        "InputLengthsUnequal": "give lists of the same length: one entry of each kind per item",
        "DuplicateUids": "name each uid once in --uids",
        "UidVecContainInvalidOne": "name only uids that `taokit subnets metagraph NETUID` lists",
        "UidsLengthExceedUidsInSubNet": "name no more uids than the subnet has neurons: "
        "`taokit subnets metagraph NETUID` lists them",
        "MaxWeightExceeded": "older runtimes limit each weight: spread them over more neurons; "
        "`taokit subnets hyperparameters NETUID` shows max_weight_limit",
        "CanNotSetRootNetworkWeights": "subnet 0 has no weights: name the subnet to be weighed",
        "NoWeightsCommitFound": "commit first: `taokit weights commit --netuid NETUID --uids UIDS "
        "--weights WEIGHTS -w WALLET`; a commit that has run out has to be made again",
        "InvalidRevealCommitHashNotMatch": "reveal just what was committed: without options, "
        "`taokit weights reveal --netuid NETUID -w WALLET` takes what was kept",
        "RevealTooEarly": later(
            f"reveal it in the epoch that lies {_READ_WEIGHTS} commit_reveal_period` epochs "
            "after the commit; `taokit subnets show NETUID` tells when the next one is"
        ),
        "ExpiredWeightCommit": "its epoch to be revealed is over: commit anew with `taokit "
        "weights commit --netuid NETUID --uids UIDS --weights WEIGHTS -w WALLET`",
        "TooManyUnrevealedCommits": later(
            "ten wait already: reveal the oldest (`taokit weights reveal --netuid NETUID "
            "-w WALLET`), or let it expire"
        ),
        "MechanismDoesNotExist": "name a --mechanism below what "
        "`taokit subnets mechanisms count NETUID` tells",
    }
}
