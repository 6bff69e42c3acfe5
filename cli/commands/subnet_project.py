"""Commands of ``taokit subnet`` for a project that exists."""

from __future__ import annotations

from taokit.cli.tree import group

app = group()
