"""SubtensorModule: subnets, stake, weights, epochs and emission."""
