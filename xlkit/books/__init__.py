"""Excel files in and out: guard, reader, tables by caption and code, patches."""
