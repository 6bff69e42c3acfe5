"""Proxy: accounts that act for others, each within a kind of calls."""
