"""What goes over the wire: a request for a window's update, the update, and aggregates of them."""

from __future__ import annotations

from taokit.neuron.loops.rounds import UpdateRequest
from taokit.subnet_templates.training.messages import Aggregate, Member, Update

__all__ = ["Aggregate", "Member", "Update", "UpdateRequest"]
