"""Understanding a chain: why an epoch paid what it paid, what an extrinsic did, what changed.

Everything here reads, or runs blocks again on a layer that is thrown away: the chain stays as it
is. Does not own any rule of the chain, nor how answers are shown (`cli`, `rpc`).
"""
