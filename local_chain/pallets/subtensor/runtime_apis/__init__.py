"""The runtime APIs of SubtensorModule: what clients ask a node beyond plain storage."""
