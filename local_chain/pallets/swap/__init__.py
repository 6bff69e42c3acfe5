"""Swap: each subnet's market between TAO and its alpha."""
