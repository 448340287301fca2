"""The house plan: which room may import which, and how large a module or function may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import xlkit

PACKAGE = Path(xlkit.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

FLOORS = {
    0: {"__init__", "texts", "address", "finding", "errors", "extras", "resources", "safefile", "claim", "limits"},
    1: {"values", "rules", "settings", "vault", "log", "buttons"},
    2: {"books", "patch", "isolation", "register", "templates"},
    3: {"validate", "cumulative", "reconcile", "consolidate"},
    4: {"report", "mail", "seal", "store", "addin"},
    5: {"actions", "demo"},
    6: {"cli", "excel", "explorer", "__main__"},
}
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
SIBLINGS_APART = 3
"""The floor whose rooms are pure functions that know nothing of each other."""

MAX_MODULE, MAX_FUNCTION = 400, 60

ENDS_ITS_COPY = PACKAGE / "isolation" / "process.py"
"""A copy of the process must never come back into the code that it was copied from: ``os._exit`` is its end."""


def room_of(module: Path) -> str:
    """The first name under ``xlkit``: a module of its own or a package."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@cache
def imports(module: Path) -> list[tuple[str, int, bool]]:
    """Rooms that a module imports anywhere in it: (room, line, whether only for type checking)."""
    for_types = {
        id(inner)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree(module)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name}:{node.lineno}: imports are absolute"
            plain = node.module == "xlkit"
            names = [f"xlkit.{alias.name}" if plain else str(node.module) for alias in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == "xlkit":
                room = rest.partition(".")[0]
                found.append((room if room in FLOOR_OF else "__init__", node.lineno, id(node) in for_types))
    return found


def place(module: Path, line: int) -> str:
    return f"{module.relative_to(PACKAGE.parent)}:{line}"


def test_every_room_has_its_floor() -> None:
    assert sorted({room_of(module) for module in MODULES} - FLOOR_OF.keys()) == []


def test_imports_go_downward_only() -> None:
    wrong = []
    for module in MODULES:
        here = FLOOR_OF[room_of(module)]
        for room, line, for_types in imports(module):
            floor = FLOOR_OF[room]
            # Reports name the types of the results that actions give them; nothing else looks up.
            allowed_up = for_types and room_of(module) == "report"
            apart = floor == here == SIBLINGS_APART and room != room_of(module)
            if (floor > here and not allowed_up) or apart:
                wrong.append(f"{place(module, line)} imports {room} (floor {floor}) from floor {here}")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_rooms_of_one_floor_do_not_import_each_other_in_a_circle() -> None:
    edges = {
        (room_of(module), room): f"{place(module, line)} imports {room}"
        for module in MODULES
        for room, line, for_types in imports(module)
        if FLOOR_OF[room] == FLOOR_OF[room_of(module)] and room != room_of(module) and not for_types
    }
    reached = set(edges)
    while more := {(a, d) for a, b in reached for c, d in edges if b == c} - reached:
        reached |= more
    wrong = [said for (a, b), said in edges.items() if (b, a) in reached]
    assert not wrong, "\n".join(wrong)


def test_the_walk_sees_what_it_is_to_forbid() -> None:
    """The tests above pass on an empty list; this one shows that the list is not empty."""
    seen = {(room_of(module), room) for module in MODULES for room, _, _ in imports(module)}
    assert {("cli", "actions"), ("actions", "validate"), ("validate", "books"), ("books", "rules")} <= seen
    assert any(for_types for module in MODULES for _, _, for_types in imports(module))


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that a statement imports."""
    return [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]


def test_only_excel_knows_xlwings() -> None:
    wrong = [
        place(module, node.lineno)
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and any(name.partition(".")[0] == "xlwings" for name in imported(node))
        if room_of(module) != "excel"
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_never_prints_or_exits() -> None:
    wrong = []
    for module in MODULES:
        if FLOOR_OF[room_of(module)] == 6:
            continue
        for node in ast.walk(tree(module)):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            forbidden = {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write"}
            if called in forbidden - ({"os._exit"} if module == ENDS_ITS_COPY else set()):
                wrong.append(f"{place(module, node.lineno)} calls {called}")  # type: ignore[attr-defined]
            if isinstance(node, ast.Raise) and node.exc is not None and "SystemExit" in ast.unparse(node.exc):
                wrong.append(f"{place(module, node.lineno)} raises SystemExit")
    assert not wrong, "\n".join(wrong)


def test_modules_stay_small() -> None:
    lengths = {module: len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert [f"{place(m, n)} lines" for m, n in lengths.items() if n > MAX_MODULE] == []


def test_functions_stay_small() -> None:
    wrong = []
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION:
                    wrong.append(f"{place(module, node.lineno)} {node.name}: {length} lines")
    assert not wrong, "\n".join(wrong)


def test_every_public_module_says_what_it_is_for() -> None:
    assert [place(module, 1) for module in MODULES if not ast.get_docstring(tree(module))] == []


HEAVY = {"pandas", "pandera", "numpy", "xlsxwriter", "openpyxl", "python_calamine", "xlwings", "sqlalchemy", "duckdb"}


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """A help text must not wait for pandas."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "xlkit", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}
    assert "click" in loaded
    assert sorted(HEAVY & loaded) == []


def test_importing_any_module_of_ours_needs_no_pandas() -> None:
    """pandas and Pandera are imported where frames are built, so that reading a rule book stays quick."""
    names = [
        ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for module in MODULES
        if room_of(module) not in ("excel", "__main__")
    ]
    program = f"import importlib, sys; [importlib.import_module(n) for n in {names!r}]; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert sorted({"pandas", "pandera", "xlsxwriter", "python_calamine", "duckdb"} & set(run.stdout.split())) == []
