"""Reaching LibreOffice over a pipe: for the scripts that run under the system's Python with UNO."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException


def prop(name: str, value: object) -> PropertyValue:
    one = PropertyValue()
    one.Name, one.Value = name, value
    return one


def connect(pipe: str):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)
    raise SystemExit("LibreOffice did not start")


def _outside_of_venv() -> dict[str, str]:
    """The environment without an activated venv: LibreOffice's own Python would take that for its home and fail."""
    venv = Path(os.environ.get("VIRTUAL_ENV", "/nowhere")) / "bin"
    path = os.pathsep.join(one for one in os.environ["PATH"].split(os.pathsep) if Path(one) != venv)
    return os.environ | {"PATH": path}


@contextlib.contextmanager
def office(settings: str = "", **environment: str):
    """A LibreOffice of its own for the length of a block: its component context and its desktop.

    ``settings`` is the text of its registrymodifications.xcu.
    """
    with tempfile.TemporaryDirectory(prefix="xlkit-uno-") as profile:
        if settings:
            user = Path(profile) / "user"
            user.mkdir()
            (user / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
        pipe = f"xlkit{Path(profile).name.replace('-', '')}"
        process = subprocess.Popen(
            ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--nologo",
             f"--accept=pipe,name={pipe};urp;"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_outside_of_venv() | environment,
        )  # fmt: skip
        desktop = None
        try:
            context = connect(pipe)
            desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            yield context, desktop
        finally:
            if desktop is not None:
                with contextlib.suppress(DisposedException):  # it may be gone before it can answer
                    desktop.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
