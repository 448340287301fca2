"""Made data for the demo: the two real programmes, a field of made clusters, and faults planted in them."""
