"""The RPC methods, one module a namespace. A method is one declared function."""
