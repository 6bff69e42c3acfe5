"""JSON-RPC as a Subtensor node speaks it, over websocket and HTTP on one port, or in process."""
