"""How a pallet is declared, stored, dispatched and described: FRAME's ideas in Python."""
