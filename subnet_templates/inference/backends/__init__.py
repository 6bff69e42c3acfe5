"""What runs a model: one protocol, five engines, each imported when it is asked for.

Owns the protocol and the choice by name. An engine's library is no dependency of taokit: a missing
one is a ``ConfigError`` that names the extra of the generated project that brings it.
"""

from __future__ import annotations

from taokit.subnet_templates.inference.backends.protocol import (
    Backend,
    CannotAudit,
    open_backend,
)

__all__ = ["Backend", "CannotAudit", "open_backend"]
