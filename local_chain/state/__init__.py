"""The chain's state: raw key to raw value at every sealed block, and a journaled head over it."""
