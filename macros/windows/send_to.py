"""The Explorer's «Отправить» → «Проверить (xlkit)»: hands the chosen files to xlkit.

Written by ``xlkit addin install``, taken away by ``xlkit addin remove``. Whatever Python opens this file, xlkit runs
in its own, which the line below names.
"""

import subprocess
import sys

PYTHON = ""

try:
    # -P: a file beside the workbooks must not be taken for a module of Python.
    subprocess.call(
        [PYTHON, "-P", "-m", "xlkit.explorer", *sys.argv[1:]], creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
    )
except OSError:
    said = f"xlkit не запускается: нет файла {PYTHON}. Установите xlkit ещё раз."
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, said, "xlkit", 0x10010)
    else:
        sys.stdout.write(said + "\n")
