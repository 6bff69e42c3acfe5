"""The chain on disk: block by block as it grows, as a file to carry about, and checked.

Owns the format of both. A store is a SQLite database; a dump is one, compressed, with a checksum.
"""
