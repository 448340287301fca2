"""Installs xlkit from the folder it lies in, for one user: no administrator rights, no network, no cmd.exe.

In the kit it is called «установить.pyw»; a double click runs it under any Python, so it keeps to an old one's
grammar and says itself which Pythons will do. It may be run again at any time: that repairs or upgrades.
``remove`` as its argument takes everything away.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import traceback
from pathlib import Path

KIT = Path(__file__).resolve().parent
WHEELS, PYTHONS, SUMS, LOG = "wheels", "python.txt", "SHA256SUMS", "install.log"
PACKAGE = "xlkit[excel,mail]"
TITLE = "xlkit"
BEFORE = (
    "Сейчас xlkit будет установлен в папку {own}.\n\n"
    "Закройте Excel и нажмите OK. Установка займёт минуту или две, всё это время ничего не видно; "
    "в конце появится сообщение."
)
INSTALLED = (
    "xlkit установлен.\n\nЧтобы проверить книгу, щёлкните по ней правой кнопкой и выберите "
    "«Отправить» → «Проверить (xlkit)» (в Windows 11 сначала «Показать дополнительные параметры»). "
    "Рядом появится копия с замечаниями."
)
REMOVED = "xlkit удалён."


class Stopped(Exception):
    """Why it cannot go on, in words for the person who has double-clicked."""


def main(words):
    """Install or remove, and say how it went; returns the exit code."""
    try:
        said = remove() if words == ["remove"] else install()
    except Stopped as stop:
        return tell(str(stop), wrong=True)
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback of a double click
        note(traceback.format_exc())
        return tell(f"Не получилось: {error}\n\nПодробности: {own() / LOG}", wrong=True)
    return tell(said)


def install():
    """A virtual environment of its own with the kit's wheels, and the entries of Excel and the Explorer."""
    check_kit()
    check_python()
    tell(BEFORE.format(own=own()))
    own().mkdir(parents=True, exist_ok=True)
    make_environment()
    run([*python_of(environment()), "-m", "xlkit", "addin", "install"], "Пакеты установлены, но настроить Excel нельзя")
    return INSTALLED


def make_environment():
    """From the beginning each time: what is broken or of another Python goes."""
    busy = "Не удалось создать папку программы. Закройте Excel и окна xlkit и повторите"
    run([*python_of(None), "-m", "venv", "--clear", str(environment())], busy)
    find = ["--no-index", "--find-links", str(KIT / WHEELS), "--only-binary=:all:"]
    pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    run([*python_of(environment()), *pip, *find, PACKAGE], "Не удалось установить пакеты")


def remove():
    """Take the entries back and delete the environment; a person's settings stay."""
    if Path(python_of(environment())[0]).is_file():
        run([*python_of(environment()), "-m", "xlkit", "addin", "remove"], "Не удалось убрать xlkit из Excel")
    if environment().exists():
        try:
            shutil.rmtree(str(environment()))
        except OSError as error:
            raise Stopped(f"Закройте Excel и окна xlkit и повторите: занят файл {error.filename}") from error
    if (own() / LOG).is_file():
        (own() / LOG).unlink()
    return REMOVED


def check_kit():
    """Stop where a file is missing or broken, as after opening the kit within an archive."""
    again = "Скопируйте папку набора целиком ещё раз; если она в архиве, сначала распакуйте его."
    if not (KIT / SUMS).is_file():
        raise Stopped(f"Рядом с этим файлом нет остальных файлов набора. {again}")
    for line in (KIT / SUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = KIT / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise Stopped(f"Файл {name} отсутствует или повреждён. {again}")


def check_python():
    """Stop under a Python for which the kit has no packages."""
    known = (KIT / PYTHONS).read_text(encoding="utf-8-sig").split()
    running = "{}.{}".format(*sys.version_info)
    get = f"Установите Python {known[-1]} (64-разрядный) с python.org, как описано в прочтите.txt"
    if running not in known:
        raise Stopped(
            "Этот набор работает с Python {}, а запущен Python {}.\n\n{}. Если он уже есть, щёлкните по "
            "установить.pyw правой кнопкой и выберите его в «Открыть с помощью».".format(", ".join(known), running, get)
        )
    if sys.platform == "win32" and sysconfig.get_platform() != "win-amd64":
        raise Stopped(f"Этот Python не для 64-разрядной Windows ({sysconfig.get_platform()}).\n\n{get}.")
    if "WindowsApps" in sys.base_prefix:
        # Windows shows its files in AppData to that Python alone: neither Excel nor the Explorer would see them.
        raise Stopped(f"Python из Microsoft Store не подходит.\n\n{get}.")


def own():
    """The folder of this user where xlkit also keeps its settings."""
    local = os.environ.get("LOCALAPPDATA")
    return (Path(local) if local else Path.home() / "AppData" / "Local") / "xlkit"


def environment():
    return own() / "venv"


def python_of(folder):
    """The command of an environment's Python (``None``: the running one's), deaf to settings from outside."""
    if sys.platform == "win32":
        # A double click on .pyw runs pythonw.exe, which has no output.
        path = Path(sys.executable).with_name("python.exe") if folder is None else folder / "Scripts" / "python.exe"
    else:
        path = Path(sys.executable) if folder is None else folder / "bin" / "python"
    return [str(path), "-I", "-X", "utf8"]


def run(command, failed):
    """Run a step without a window; Stopped with its last words where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "PYTHON"))}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**kept, "PIP_CONFIG_FILE": os.devnull},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    said = done.stdout.decode("utf-8", "replace")
    note(f"{command}\n{said}")
    if done.returncode:
        reason = "\n".join([line for line in said.splitlines() if line.strip()][-2:])
        raise Stopped(f"{failed}:\n{reason}\n\nПодробности: {own() / LOG}")


def note(said):
    """Keep what a step said; a log that cannot be written stops nothing."""
    try:
        own().mkdir(parents=True, exist_ok=True)
        with (own() / LOG).open("a", encoding="utf-8") as stream:
            stream.write(said + "\n")
    except OSError:
        pass


def tell(said, wrong=False):
    """A message box on Windows, a line elsewhere; returns the exit code."""
    if sys.platform == "win32":
        import ctypes

        error, information, in_front = 0x10, 0x40, 0x10000
        ctypes.windll.user32.MessageBoxW(None, said, TITLE, (error if wrong else information) | in_front)
    else:
        sys.stdout.write(said + "\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
