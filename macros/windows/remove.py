"""Takes away what «установить.pyw» beside it has installed; in the kit it is called «удалить.pyw»."""

import runpy
import sys
from pathlib import Path

sys.argv[1:] = ["remove"]
runpy.run_path(str(Path(__file__).resolve().with_name("установить.pyw")), run_name="__main__")
