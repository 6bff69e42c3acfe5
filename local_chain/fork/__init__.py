"""A local chain over another node's: its blocks and its state until one block, then our own.

Owns asking the other node, keeping what it said, and what of it our runtime cannot take. The other
node is only ever read.
"""
