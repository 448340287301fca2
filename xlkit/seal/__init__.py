"""Sealed workbooks: a signed manifest says what was sent, and later whether a file is still that."""
