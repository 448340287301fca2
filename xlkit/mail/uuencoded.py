"""Files that old programs put into a message's text: uuencode, from a line «begin 644 name» to a line «end»."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t\r]*$", re.MULTILINE)
_MOST = 20
"""Files of one text."""


def files_in(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names (as they stand) and contents, as far as they can be read; texts without such files give none."""
    at = 0
    for _ in range(_MOST):
        begin = _BEGIN.search(text, at)
        end = _END.search(text, begin.end()) if begin is not None else None
        if begin is None or end is None:
            return
        at = end.end()
        content = _decoded(text[begin.end() : end.start()])
        if content:
            yield begin[1].strip(), content


def _decoded(lines: bytes) -> bytes:
    """Empty where a line is none of uuencode."""
    decoded = []
    for line in lines.splitlines():
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            short = ((line[0] - 32) & 63) * 4 // 3 + 5 if line else 0
            try:  # some programs write more after a line's last character
                decoded.append(binascii.a2b_uu(line[:short]))
            except binascii.Error:
                return b""
    return b"".join(decoded)
