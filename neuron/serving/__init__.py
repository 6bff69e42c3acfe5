"""The parts of a miner's server: who may ask, how often, in which order, and how it is answered.

Owns what ``taokit.neuron.server`` is made of. Names are in the modules.
"""
