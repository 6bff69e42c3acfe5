"""What to do about errors of settings: the owner's and root's, with a command for each."""

from __future__ import annotations

__all__ = ["REMEDIES"]

_SHOWN = "`taokit sudo get --netuid NETUID"

REMEDIES = {
    "AdminUtils": {
        "SubnetDoesNotExist": "name a subnet that `taokit subnets list` shows",
        "MaxValidatorsLargerThanMaxUIds": "let there be no more validators than "
        f"{_SHOWN} --param max_allowed_uids` tells",
        "MaxAllowedUIdsLessThanCurrentUIds": "the subnet has more neurons: "
        "`taokit sudo trim --netuid NETUID --max-uids N -w WALLET` takes the least away",
        "BondsMovingAverageMaxReached": "an owner sets 97.5 % at most: `taokit sudo set --netuid "
        "NETUID --param bonds_moving_avg --value 97.5% -w WALLET`",
        "NegativeSigmoidSteepness": "an owner sets 0 or more, root alone less: `taokit sudo set "
        "--netuid NETUID --param alpha_sigmoid_steepness --value 0 -w WALLET`",
        "ValueNotInBounds": f"use a value within the bounds that {_SHOWN}` shows",
        "MinAllowedUidsGreaterThanCurrentUids": "root alone sets it: below the number of neurons "
        "that `taokit subnets show NETUID` tells",
        "MinAllowedUidsGreaterThanMaxAllowedUids": "root alone sets it: below what "
        f"{_SHOWN} --param max_allowed_uids` tells",
        "MaxAllowedUidsLessThanMinAllowedUids": "let it be above what "
        f"{_SHOWN} --param min_allowed_uids` tells",
        "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids": "set 256 at most: `taokit sudo set "
        "--netuid NETUID --param max_allowed_uids --value 256 -w WALLET`",
        "InvalidValue": f"use a value within the bounds that {_SHOWN}` shows",
        "NotPermittedOnRootSubnet": "subnet 0 has no such setting: name another",
        "POWRegistrationDisabled": "neurons are registered by burning TAO alone: "
        "`taokit subnets register --netuid NETUID -w WALLET`",
        "Deprecated": "this setting was taken away: `taokit sudo get` lists those that there are",
    },
    "Sudo": {
        "RequireSudo": "sign with the sudo key, which `taokit query Sudo.Key` tells (-w //Alice "
        "on a local chain)",
    },
}
