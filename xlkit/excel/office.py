"""One press of a button in LibreOffice: ``python -m xlkit.excel.office check``, started by the toolbar."""

from __future__ import annotations

import sys


def main() -> None:
    """Serve the action named on the command line over standard input and output."""
    import io

    # Standard output carries the requests: whatever else is printed must not get in between.
    answers = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
    requests = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", write_through=True)
    sys.stdout = sys.stderr
    from xlkit.excel import run
    from xlkit.excel.engine_libreoffice import Link, open_book

    open_book(Link(requests, answers))
    run(sys.argv[1])


if __name__ == "__main__":
    main()
