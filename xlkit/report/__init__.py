"""Results as text, JSON and xlsx. Nothing here decides anything."""
