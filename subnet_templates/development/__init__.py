"""A development network: a project's validators and personas as processes on a local chain.

Owns the subnet on that chain, the processes and what is seen of them. Does not own the chain's
process, nor drawing (the command line does both).
"""
