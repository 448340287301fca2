"""``python -m xlkit`` is the program ``xlkit``, where no script of that name is on the path."""

from xlkit.cli import main

main()
