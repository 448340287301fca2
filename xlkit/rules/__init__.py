"""Rule books: what a form holds and what must be true of it, as data."""
