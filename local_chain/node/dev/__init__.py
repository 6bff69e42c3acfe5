"""What only a development chain can do, by subject: blocks, time, money, and other cheats.

`DevControl` (`control`) is all of it, as `chain.dev`. A change of state always comes with a block,
so that what was true at a block hash stays true.
"""
