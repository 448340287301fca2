"""``python -m xlkit`` is the command ``xlkit``."""

from xlkit.cli import main

main()
