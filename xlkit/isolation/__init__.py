"""Opening files from outside in processes that may die: a crash, a hang or too much memory costs one file."""
