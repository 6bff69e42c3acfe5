"""The web page that a node shows of itself, and what the page asks it for.

Owns the files that a browser gets (`files`) and the readings behind the `taokit_*` methods: all of
them only read. Does not own HTTP, nor how methods are called (`rpc`).
"""
