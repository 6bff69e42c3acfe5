"""The node without sockets: blocks, headers, the pool, sealing and the clock."""
