"""Issue templates: blank ones, or one pre-filled workbook per cluster of the register."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.register import read_register
from xlkit.rules.edition import Edition, load_edition
from xlkit.rules.registered import Cluster, Register
from xlkit.safefile import is_folder, spare_inputs, write_file
from xlkit.templates.build import build_workbook
from xlkit.templates.content import typical_content
from xlkit.templates.macros import macro_workbook
from xlkit.templates.prefilled import prefilled_content
from xlkit.texts import Text


@dataclass(frozen=True)
class IssuedTemplate:
    """One written workbook and whose it is (``None`` for a blank one)."""

    path: str
    cluster: str | None


def template_contents(
    form: str,
    edition: str | None = None,
    first_year: int | None = None,
    register: str | Register | None = None,
    cluster: str | None = None,
    every: bool = False,
    macros: bool = False,
) -> Iterator[tuple[Cluster | None, bytes]]:
    """Build templates: a blank one, or with ``register`` that of ``cluster``, or (``every``) one per its clusters.

    ``macros`` puts buttons into their sheets (.xlsm). Yields the cluster (``None`` for the blank one) and the
    workbook's bytes. Raises XlkitError for an unknown
    form, edition or cluster, an impossible year, and a register that cannot be read.
    """
    loaded = _edition(form, edition, first_year)
    write = macro_workbook if macros else build_workbook
    if register is None:
        if cluster or every:
            raise XlkitError(Text("Для --cluster и --all нужен --register", "--cluster and --all need --register"))
        yield None, write(loaded, typical_content(loaded, first_year))
        return
    known = read_register(register) if isinstance(register, str) else register
    for one in _chosen(known, form, cluster, every):
        figures = known.figures_of(one.id, form)
        approved = max((figure.edition for figure in figures), default="")
        # The figures were approved in one edition of the form: unless told otherwise, that one is issued.
        mine = loaded if edition or not approved else _edition(form, approved, first_year)
        yield one, write(mine, prefilled_content(mine, one, figures, first_year))


def issue_templates(
    form: str,
    output: str | Path,
    edition: str | None = None,
    first_year: int | None = None,
    register: str | Register | None = None,
    cluster: str | None = None,
    every: bool = False,
    macros: bool = False,
) -> list[IssuedTemplate]:
    """Write what :func:`template_contents` builds to the file ``output``, with ``every`` into the folder ``output``.

    Raises XlkitError, also where a template would replace the register.
    """
    known = read_register(register) if isinstance(register, str) else register
    suffix = ".xlsm" if macros else ".xlsx"
    spare_inputs(output, [known.source] if known else [])
    into_folder = every or is_folder(output)
    if not into_folder and Path(output).suffix.lower() not in (suffix, ""):
        raise XlkitError(
            Text(f"Excel откроет этот шаблон только с именем на {suffix}: {output}", f"Name it {suffix}: {output}")
        )
    issued: list[IssuedTemplate] = []
    names: set[str] = set()
    for one, content in template_contents(form, edition, first_year, known, cluster, every, macros):
        name = _free_name(_file_name(one.id) if one is not None else form, names)
        path = Path(output) / f"{name}{suffix}" if into_folder else Path(output)
        spare_inputs(path, [known.source] if known else [])
        write_file(path, content)
        issued.append(IssuedTemplate(str(path), one.id if one is not None else None))
    return issued


def _edition(form: str, edition: str | None, first_year: int | None) -> Edition:
    if first_year is not None and not 2000 <= first_year <= 2099:
        raise XlkitError(
            Text(f"Первый год {first_year} — не год программы", f"{first_year} is not a programme's first year")
        )
    return load_edition(form, edition)


def _chosen(register: Register, form: str, cluster: str | None, every: bool) -> list[Cluster]:
    if every == bool(cluster):
        raise XlkitError(
            Text("Укажите один кластер (--cluster) или все (--all)", "Name one cluster (--cluster) or all (--all)")
        )
    if every:
        return [c for c in register.clusters if c.form == form and c.active]
    found = register.cluster(cluster or "")
    if found is None:
        raise XlkitError(Text(f"Кластера «{cluster}» нет в реестре", f"The cluster «{cluster}» is not in the register"))
    return [found]


def _free_name(name: str, used: set[str]) -> str:
    """A name that no other cluster's file has, in whatever case: «ОПЦ_1 (2)»."""
    free, number = name, 2
    while free.casefold() in used:
        free, number = f"{name} ({number})", number + 1
    used.add(free.casefold())
    return free


def _file_name(text: str) -> str:
    """A cluster's id as a file name of every system."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "_", text).strip(" .") or "cluster"
