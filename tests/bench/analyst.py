"""What a competent analyst would write in forty lines: a loop over the files with pandas, Pandera file by file.

Kept simple and fixed: it is the measure. ``python tests/bench/analyst.py ENGINE REGISTER FOLDER [ANSWERS.json]``;
``ENGINE`` is ``openpyxl`` or ``calamine``.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

FORMS = {"ОПЦ(К)": "program_center", "ОК": "program_educational"}
SHEETS = {"План": "plan", "Показатели": "indicators"}
YEAR = re.compile(r"(?:на 31\.12\.)?(20[0-9]{2})(?:\.0)?")
SCHEMA = pa.DataFrameSchema(
    {"key": pa.Column(str), "year": pa.Column(int), "value": pa.Column(float, pa.Check.ge(0), nullable=True)},
    unique=["key", "year"],
)


def read(file: Path, engine: Any) -> pd.DataFrame:
    """The yearly values of one workbook: cluster, form, table, key, year, value."""
    book = pd.read_excel(file, sheet_name=None, header=None, engine=engine, dtype=object)
    title = book["Титул"]
    cluster, kind = (title.loc[title[0] == f"{what} кластера", 1].iloc[0] for what in ("Идентификатор", "Вид"))
    parts = []
    for sheet in SHEETS.keys() & book.keys():
        raw = book[sheet]
        head = raw.index[raw[0] == "№ п/п"][0]
        years = {i: int(m[1]) for i, caption in raw.loc[head].items() if (m := YEAR.fullmatch(str(caption)))}
        rows = raw.loc[head + 1 :].dropna(subset=[0])
        codes = rows[0].astype(str).str.strip().str.rstrip(".")
        inner = codes.str.fullmatch(r"\d\d\.\d\d\.\d\d")
        keys = codes.where(~inner, codes.where(~inner).ffill() + "/" + codes)
        long = rows[list(years)].rename(columns=years).assign(key=keys).melt("key", var_name="year")
        long["year"], long["value"] = (
            long["year"].astype(int),
            pd.to_numeric(long["value"], errors="coerce").astype(float),
        )
        parts.append(SCHEMA.validate(long, lazy=True).assign(table=SHEETS[sheet], cluster=cluster, form=FORMS[kind]))
    return pd.concat(parts)


def consolidate(engine: Any, register: str, folder: str) -> dict[str, Any]:
    """Totals by table, row and year, and the values that differ from the approved ones."""
    values = pd.concat([read(file, engine) for file in sorted(Path(folder).glob("*.xlsx"))], ignore_index=True)
    tables = pd.read_excel(register, sheet_name=list(SHEETS), engine=engine, dtype=object)
    approved = pd.concat([frame.assign(table=SHEETS[sheet]) for sheet, frame in tables.items()], ignore_index=True)
    code, parent = (approved[name].fillna("").astype(str).str.rstrip(".") for name in ("№ п/п", "Код родителя"))
    inner = code.str.fullmatch(r"\d\d\.\d\d\.\d\d")
    approved = approved.assign(key=code.where(~inner, parent + "/" + code), year=approved["Год"].astype(int))
    approved["approved"] = pd.to_numeric(approved["Значение"], errors="coerce")
    approved = approved.rename(columns={"Идентификатор кластера": "cluster"})
    joined = values.merge(approved, on=["cluster", "table", "key", "year"], how="inner")
    differ = joined[(joined["value"] - joined["approved"]).abs() > 1e-9]
    totals = values.groupby(["form", "table", "key", "year"])["value"].sum()
    return {
        "totals": {"|".join(map(str, place)): float(total) for place, total in totals.items()},
        "differences": sorted("|".join(map(str, one)) for one in zip(
            differ["cluster"], differ["table"], differ["key"], differ["year"], strict=True)),
    }  # fmt: skip


if __name__ == "__main__":
    answers = consolidate(*sys.argv[1:4])
    if len(sys.argv) > 4:
        Path(sys.argv[4]).write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
