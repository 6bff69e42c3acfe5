"""Transactions as files: made on one machine, signed on another, sent from a third.

A machine with a network and no key makes an :class:`OfflineTransaction` (:func:`unsigned`): call,
nonce, era, and the metadata by which it can be read. A machine with a key and no network reads
it, shows what it does, and signs (:func:`signed`). Any machine with a network sends it
(:func:`submit`). In between it is a JSON file, or one line of text, short enough for a QR code.
"""

from __future__ import annotations

from taokit.chain_client.offline.making import fetch_metadata, signed, submit, unsigned
from taokit.chain_client.offline.reading import Readable, readable, runtime_of
from taokit.chain_client.offline.transaction import OfflineTransaction, metadata_hash

__all__ = [
    "OfflineTransaction",
    "Readable",
    "fetch_metadata",
    "metadata_hash",
    "readable",
    "runtime_of",
    "signed",
    "submit",
    "unsigned",
]
