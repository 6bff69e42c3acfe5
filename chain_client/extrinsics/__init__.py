"""Extrinsics: composing, signing, sending, following and reading them.

Owns everything between a call and a receipt. Does not own calls themselves (``calls``), the
declared operations (``operations``) nor keys (``taokit.wallet``).
"""

from __future__ import annotations
