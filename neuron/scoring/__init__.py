"""From what was measured to what is paid: pure functions, without state, clock or chain.

Owns averages, bounds, payouts, duels, ledgers, ratings and the tax on clones. Does not own verdicts
and scores on disk (``store``) nor what a chain accepts (``weight_vector``).

Everything goes by hotkey and does not depend on the order in which hotkeys are given, so that
validators who saw the same pay the same. Names are in the modules; importing this costs nothing.
"""
