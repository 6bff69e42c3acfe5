"""What goes over the wire: a chat completion with its seed, and its answer with token ids."""

from __future__ import annotations

from taokit.subnet_templates.inference.messages import (
    ChatMessage,
    ChatRequest,
    ChatResponse,
    Choice,
    Usage,
)
from taokit.subnet_templates.inference.serving import ChatEvent

__all__ = ["ChatEvent", "ChatMessage", "ChatRequest", "ChatResponse", "Choice", "Usage"]
