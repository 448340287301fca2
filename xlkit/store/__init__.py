"""The store of a свод: a DuckDB file beside it that holds every value, so that any total opens down to its cells."""
