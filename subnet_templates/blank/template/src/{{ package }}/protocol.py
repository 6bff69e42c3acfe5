"""What goes over the wire: a list to be put in order, and the order."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from taokit.neuron.messages import Hex32, Message

MOST_NUMBERS = 1024


class Task(Message):
    """Numbers to be ordered. ``id`` names the task, and its answer repeats it."""

    id: Hex32
    xs: Annotated[tuple[int, ...], Field(min_length=2, max_length=MOST_NUMBERS)]


class Answer(Message):
    """The positions of the numbers, smallest number first."""

    id: Hex32
    order: Annotated[tuple[int, ...], Field(max_length=MOST_NUMBERS)]
