"""AdminUtils: what root and the owners of subnets may set."""
