"""The errors of SubtensorModule, under the indices of the real runtime."""

from __future__ import annotations

from taokit.local_chain.frame.errors import Errors, error


class SubtensorError(Errors):
    """Why SubtensorModule refuses."""

    RootNetworkDoesNotExist = error(0, "The root network has not been created.")
    InvalidIpType = error(1, "The IP type must be 4 or 6.")
    InvalidIpAddress = error(
        2,
        "The IP address cannot be served: it is loopback, broadcast or, for Prometheus, zero.",
    )
    InvalidPort = error(3, "The port must not be 0.")
    HotKeyNotRegisteredInSubNet = error(
        4,
        "The hotkey has no uid on this subnet; register it first.",
    )
    HotKeyAccountNotExists = error(
        5,
        "The chain does not know this hotkey; no coldkey owns it yet.",
    )
    HotKeyNotRegisteredInNetwork = error(
        6,
        "The hotkey has no uid where one is needed; register it first.",
    )
    NonAssociatedColdKey = error(7, "Another coldkey owns this hotkey.")
    NotEnoughStake = error(8, "The stake is too small for this.")
    NotEnoughStakeToWithdraw = error(
        9,
        "The stake of this hotkey and coldkey on this subnet is less than the amount.",
    )
    NotEnoughStakeToSetWeights = error(
        10,
        "The hotkey's stake weight is under the threshold for setting weights.",
    )
    NotEnoughStakeToSetChildkeys = error(
        11,
        "The parent hotkey's own stake is under the threshold for naming children.",
    )
    NotEnoughBalanceToStake = error(12, "The coldkey's free balance does not cover the price.")
    BalanceWithdrawalError = error(13, "The amount could not be taken from the coldkey.")
    ZeroBalanceAfterWithdrawn = error(
        14,
        "Nothing would remain on the account after the withdrawal.",
    )
    NeuronNoValidatorPermit = error(15, "Only a uid with a validator permit may weigh others.")
    WeightVecNotEqualSize = error(16, "The uids and the weights differ in number.")
    DuplicateUids = error(17, "A uid occurs twice.")
    UidVecContainInvalidOne = error(18, "A uid does not exist on this subnet.")
    WeightVecLengthIsLow = error(19, "There are fewer weights than the subnet's minimum.")
    TooManyRegistrationsThisBlock = error(
        20,
        "This block has no registration left; try in the next one.",
    )
    HotKeyAlreadyRegisteredInSubNet = error(21, "The hotkey already has a uid on this subnet.")
    NewHotKeyIsSameWithOld = error(22, "The new hotkey is the old one.")
    NewHotKeyNotCleanForRootSwap = error(
        23,
        "The new hotkey already has root stake or root dividends, so the old one's "
        "cannot be merged into it.",
    )
    InvalidWorkBlock = error(24, "The work is for a block that is too old or has not happened.")
    InvalidDifficulty = error(25, "The work does not meet the difficulty.")
    InvalidSeal = error(26, "The seal does not follow from block, nonce and key.")
    MaxWeightExceeded = error(27, "A weight is over the subnet's limit.")
    HotKeyAlreadyDelegate = error(28, "The hotkey is a delegate already.")
    SettingWeightsTooFast = error(
        29,
        "The weights rate limit has not passed since this uid's last update.",
    )
    IncorrectWeightVersionKey = error(30, "The version key is lower than the subnet's.")
    ServingRateLimitExceeded = error(
        31,
        "The serving rate limit has not passed since this hotkey last served.",
    )
    UidsLengthExceedUidsInSubNet = error(32, "There are more uids than the subnet has neurons.")
    NetworkTxRateLimitExceeded = error(
        33,
        "The chain accepts one new subnet per rate-limit period; wait.",
    )
    DelegateTxRateLimitExceeded = error(34, "The take was raised too recently.")
    HotKeySetTxRateLimitExceeded = error(35, "The coldkey swapped a hotkey too recently.")
    StakingRateLimitExceeded = error(36, "Staking operations follow one another too fast.")
    SubNetRegistrationDisabled = error(37, "The subnet takes no registrations now.")
    TooManyRegistrationsThisInterval = error(38, "This interval has no registration left.")
    TransactorAccountShouldBeHotKey = error(39, "The hotkey itself must sign this.")
    FaucetDisabled = error(40, "This chain has no faucet.")
    NotSubnetOwner = error(41, "Only the subnet's owner may do this.")
    RegistrationNotPermittedOnRootSubnet = error(42, "This cannot be done on the root network.")
    StakeTooLowForRoot = error(
        43,
        "The root network is full, and this hotkey's root stake does not exceed the "
        "lowest member's.",
    )
    AllNetworksInImmunity = error(44, "Every subnet is still immune.")
    NotEnoughBalanceToPaySwapHotKey = error(
        45,
        "The coldkey's balance does not cover the hotkey swap's price.",
    )
    NotRootSubnet = error(46, "This can be done on the root network only.")
    CanNotSetRootNetworkWeights = error(47, "The root network has no weights to set.")
    NoNeuronIdAvailable = error(48, "The subnet is full and no neuron may be replaced.")
    DelegateTakeTooLow = error(
        49,
        "The take is under the minimum, or does not change in the direction of the call.",
    )
    DelegateTakeTooHigh = error(50, "The take is over the maximum.")
    NoWeightsCommitFound = error(51, "No commit of this hotkey matches.")
    InvalidRevealCommitHashNotMatch = error(
        52,
        "What is revealed does not hash to any open commit.",
    )
    CommitRevealEnabled = error(
        53,
        "The subnet uses commit-reveal: commit the weights instead of setting them.",
    )
    CommitRevealDisabled = error(
        54,
        "The subnet does not use commit-reveal: set the weights instead.",
    )
    LiquidAlphaDisabled = error(
        55,
        "Liquid alpha is off on this subnet; enable it before setting its values.",
    )
    AlphaHighTooLow = error(56, "The upper alpha is under the minimum.")
    AlphaLowOutOfRange = error(57, "The lower alpha is under the minimum or over the upper one.")
    ColdKeyAlreadyAssociated = error(58, "The new coldkey is already in use.")
    NotEnoughBalanceToPaySwapColdKey = error(
        59,
        "The coldkey's balance does not cover the swap's price.",
    )
    InvalidChild = error(60, "A hotkey cannot be its own child.")
    DuplicateChild = error(61, "A child occurs twice.")
    ProportionOverflow = error(62, "The children's proportions add up to more than the whole.")
    TooManyChildren = error(63, "A hotkey may have 5 children per subnet.")
    TxRateLimitExceeded = error(64, "This was done too recently; wait for the rate limit.")
    ColdkeySwapAnnouncementNotFound = error(65, "This coldkey has announced no swap.")
    ColdkeySwapTooEarly = error(66, "The announced swap may not be executed yet.")
    ColdkeySwapReannouncedTooEarly = error(67, "The swap may not be announced anew yet.")
    AnnouncedColdkeyHashDoesNotMatch = error(68, "The new coldkey is not the announced one.")
    ColdkeySwapAlreadyDisputed = error(69, "The swap is disputed already.")
    NewColdKeyIsHotkey = error(70, "The new coldkey is in use as a hotkey.")
    InvalidChildkeyTake = error(71, "The childkey take is out of range.")
    TxChildkeyTakeRateLimitExceeded = error(72, "The childkey take was raised too recently.")
    InvalidIdentity = error(
        73,
        "A field of the identity is too long, or the signature names nobody.",
    )
    MechanismDoesNotExist = error(
        74,
        "The subnet, or its mechanism of that number, does not exist.",
    )
    StakeUnavailable = error(75, "The stake is locked.")
    SubnetNotExists = error(76, "There is no subnet of that netuid.")
    TooManyUnrevealedCommits = error(
        77,
        "10 commits are open already; reveal one or let it expire.",
    )
    ExpiredWeightCommit = error(78, "The time to reveal this commit has passed.")
    RevealTooEarly = error(79, "This commit may not be revealed in this epoch.")
    InputLengthsUnequal = error(80, "The lists differ in length.")
    CommittingWeightsTooFast = error(
        81,
        "The weights rate limit has not passed since this uid's last commit.",
    )
    AmountTooLow = error(82, "The amount is under the minimum.")
    InsufficientLiquidity = error(83, "The pool is too small for this.")
    SlippageTooHigh = error(84, "The price would pass the limit.")
    TransferDisallowed = error(85, "The subnet does not allow transfers of stake.")
    ActivityCutoffTooLow = error(86, "The activity cutoff is under the minimum.")
    CallDisabled = error(87, "This call is switched off.")
    FirstEmissionBlockNumberAlreadySet = error(88, "The subnet has been started already.")
    NeedWaitingMoreBlocksToStarCall = error(89, "The subnet is too young to be started.")
    NotEnoughAlphaOutToRecycle = error(90, "The subnet has less alpha outstanding than the amount.")
    CannotBurnOrRecycleOnRootSubnet = error(
        91,
        "Nothing can be burned or recycled on the root network.",
    )
    UnableToRecoverPublicKey = error(92, "The signature gives no public key.")
    InvalidRecoveredPublicKey = error(93, "The signature is of another EVM key.")
    SubtokenDisabled = error(94, "The subnet has not been started; its alpha cannot be traded yet.")
    HotKeySwapOnSubnetIntervalNotPassed = error(
        95,
        "A hotkey was swapped on this subnet too recently.",
    )
    SameNetuid = error(96, "Origin and destination are the same subnet.")
    InsufficientBalance = error(97, "The account's balance does not cover this.")
    InvalidLeaseBeneficiary = error(98, "The lease's beneficiary must be the crowdloan's creator.")
    LeaseCannotEndInThePast = error(99, "The lease would end in the past.")
    LeaseNetuidNotFound = error(100, "The leased subnet was not found.")
    LeaseDoesNotExist = error(101, "There is no such lease.")
    LeaseHasNoEndBlock = error(102, "The lease has no end.")
    LeaseHasNotEnded = error(103, "The lease is still running.")
    Overflow = error(104, "A number does not fit.")
    BeneficiaryDoesNotOwnHotkey = error(105, "The lease's beneficiary does not own this hotkey.")
    ExpectedBeneficiaryOrigin = error(106, "Only the lease's beneficiary may do this.")
    AdminActionProhibitedDuringWeightsWindow = error(
        107,
        "Parameters are frozen in the blocks before an epoch; wait for it.",
    )
    SymbolDoesNotExist = error(108, "The token symbol is not one of the chain's table.")
    SymbolAlreadyInUse = error(109, "Another subnet has this token symbol.")
    IncorrectCommitRevealVersion = error(110, "The commit is of another version than the chain's.")
    InvalidRevealRound = error(111, "The reveal round has already passed.")
    RevealPeriodTooLarge = error(112, "The reveal period is over 100 epochs.")
    RevealPeriodTooSmall = error(113, "The reveal period is under 1 epoch.")
    InvalidValue = error(114, "The value is out of range.")
    SubnetLimitReached = error(115, "The chain is full, and every subnet is still immune.")
    CannotAffordLockCost = error(
        116,
        "The coldkey's balance does not cover the cost of a new subnet.",
    )
    EvmKeyAssociateRateLimitExceeded = error(
        117,
        "An EVM key was associated with this uid too recently.",
    )
    SameAutoStakeHotkeyAlreadySet = error(118, "Earnings are staked to this hotkey already.")
    UidMapCouldNotBeCleared = error(119, "The uids could not be numbered anew.")
    TrimmingWouldExceedMaxImmunePercentage = error(
        120,
        "Too many of the neurons that would remain are immune.",
    )
    ChildParentInconsistency = error(121, "A hotkey cannot be child and parent of the same one.")
    InvalidNumRootClaim = error(122, "At most 50 coldkeys may be claimed for per block.")
    InvalidRootClaimThreshold = error(123, "The root claim threshold is over the maximum.")
    InvalidSubnetNumber = error(124, "Name between 1 and 5 subnets.")
    TooManyUIDsPerMechanism = error(125, "Uids times mechanisms may not exceed 256.")
    VotingPowerTrackingNotEnabled = error(126, "The subnet does not track voting power.")
    InvalidVotingPowerEmaAlpha = error(127, "The voting power's alpha is over 1.")
    Deprecated = error(128, "This call is no longer served.")
    AddStakeBurnRateLimitExceeded = error(
        129,
        "Stake was bought and burned on this subnet too recently.",
    )
    ColdkeySwapAnnounced = error(
        130,
        "This coldkey has announced a swap; until it is done only the swap's own calls "
        "are allowed.",
    )
    ColdkeySwapDisputed = error(131, "This coldkey's swap is disputed; only root can lift that.")
    ColdkeySwapClearTooEarly = error(132, "The announcement may not be withdrawn yet.")
    DisabledTemporarily = error(133, "This is switched off for now.")
    RegistrationPriceLimitExceeded = error(134, "Registering costs more than the limit given.")
    LockHotkeyMismatch = error(135, "The coldkey's lock on this subnet is to another hotkey.")
    InsufficientStakeForLock = error(136, "The stake does not cover the lock.")
    NoExistingLock = error(137, "The coldkey has no lock on this subnet.")
    ActiveLockExists = error(138, "The coldkey has a lock already.")
    CannotUseSystemAccount = error(139, "A subnet's own account cannot be used as a hotkey.")
    UnlockAmountTooHigh = error(140, "More would be unlocked than is locked.")
    TempoOutOfBounds = error(141, "The tempo must be between 360 and 50400 blocks.")
    ActivityCutoffFactorMilliOutOfBounds = error(
        142,
        "The activity cutoff factor must be between 1000 and 50000.",
    )
    EpochTriggerAlreadyPending = error(143, "An epoch has been triggered already.")
    AutoEpochAlreadyImminent = error(144, "The next epoch comes sooner than a triggered one would.")
    DynamicTempoBlockedByCommitReveal = error(
        145,
        "An epoch cannot be triggered on a subnet with commit-reveal.",
    )
    AccountRejectsLockedAlpha = error(146, "The destination coldkey does not take locked alpha.")
