"""The pallets of the runtime, one module or folder each."""
