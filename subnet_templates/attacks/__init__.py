"""Attacks on a project's own rules: what pays better than honesty, and what breaks its programs.

Owns two kinds. Random ones (``fuzzing``): mutants of an honest miner, and requests that are not
quite right; from a seed, so that each can be had again. Declared ones (``deviations``): one honest
miner turns into each persona in turn. Does not own the personas, nor runs
(``taokit.neuron.testing``).
"""
