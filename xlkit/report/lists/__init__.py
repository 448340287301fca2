"""Long lists as sheets: written by columns, cut into pages, with links."""
