"""Issue templates: blank ones, or one pre-filled workbook per cluster of the register."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.register import read_register
from xlkit.rules.edition import Edition, load_edition
from xlkit.rules.registered import Cluster, Register
from xlkit.safefile import write_file
from xlkit.templates.build import build_workbook
from xlkit.templates.content import typical_content
from xlkit.templates.prefilled import prefilled_content
from xlkit.texts import Text


@dataclass(frozen=True)
class IssuedTemplate:
    """One written workbook and whose it is (``None`` for a blank one)."""

    path: str
    cluster: str | None


def template_bytes(form: str, edition: str | None = None, first_year: int | None = None) -> bytes:
    """A blank template; XlkitError for an unknown form or edition or an impossible year."""
    return build_workbook(_edition(form, edition, first_year), typical_content(load_edition(form, edition), first_year))


def issue_templates(
    form: str,
    output: str | Path,
    edition: str | None = None,
    first_year: int | None = None,
    register: str | None = None,
    cluster: str | None = None,
    every: bool = False,
) -> list[IssuedTemplate]:
    """Write a template to ``output``.

    Without ``register`` a blank one; with it that of ``cluster``, or (``every``) one per cluster of this form
    into the folder ``output``. Raises XlkitError.
    """
    loaded = _edition(form, edition, first_year)
    if register is None:
        if cluster or every:
            raise XlkitError(Text("Для --cluster и --all нужен --register", "--cluster and --all need --register"))
        path = _file(Path(output), form)
        write_file(path, build_workbook(loaded, typical_content(loaded, first_year)))
        return [IssuedTemplate(str(path), None)]
    known = read_register(register)
    chosen = _chosen(known, form, cluster, every)
    issued = []
    for one in chosen:
        path = Path(output) / f"{_file_name(one.id)}.xlsx" if every else _file(Path(output), _file_name(one.id))
        content = prefilled_content(loaded, one, known.figures_of(one.id, form), first_year)
        write_file(path, build_workbook(loaded, content))
        issued.append(IssuedTemplate(str(path), one.id))
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
        return [c for c in register.clusters if c.form == form]
    found = register.cluster(cluster or "")
    if found is None:
        raise XlkitError(Text(f"Кластера «{cluster}» нет в реестре", f"The cluster «{cluster}» is not in the register"))
    return [found]


def _file(output: Path, name: str) -> Path:
    return output / f"{name}.xlsx" if output.is_dir() else output


def _file_name(text: str) -> str:
    """A cluster's id as a file name of every system."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "_", text).strip(" .") or "cluster"
