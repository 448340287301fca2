"""What a person sees of a fresh workbook: the state of the relations, whole sentences, no page with one lost row."""

from __future__ import annotations

import io
from collections import Counter
from itertools import pairwise

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from xlkit.demo.made import made_clusters, made_draft
from xlkit.rules.relations import Outcome
from xlkit.rules.sheetnames import CONTROL
from xlkit.templates.build import build_workbook
from xlkit.templates.sheets_around import CONTROL_HEADER

FORMS = ("program_center", "program_educational")


@pytest.fixture(scope="module", params=FORMS)
def filled(request: pytest.FixtureRequest) -> Workbook:
    """A made cluster's workbook of each form, with the values that its formulas cache."""
    draft = next(d for d in map(made_draft, made_clusters(12)) if d.edition.form == request.param)
    written = build_workbook(draft.edition, draft.finish("")[0])
    return openpyxl.load_workbook(io.BytesIO(written), data_only=True)


def test_the_title_tells_the_control_in_its_own_words(filled: Workbook) -> None:
    states = Counter(
        filled[CONTROL].cell(row, 6).value for row in range(CONTROL_HEADER + 1, filled[CONTROL].max_row + 1)
    )
    said = {a.value: b.value for a, b in filled["Титул"].iter_rows(max_col=2)}[CONTROL]
    assert said == ", ".join(f"{one.value} — {states[one.value]}" for one in Outcome)
    assert sum(states[one.value] for one in Outcome) > 0


def test_every_control_line_has_its_whole_sentence(filled: Workbook) -> None:
    """Repeats are only paler: filters and readers find number, sentence and year in every line; nothing is merged."""
    sheet = filled[CONTROL]
    lines = list(sheet.iter_rows(min_row=CONTROL_HEADER + 1, max_col=3))
    assert all(cell.value for line in lines for cell in line)
    assert not sheet.merged_cells.ranges
    for above, line in pairwise(lines):
        assert line[1].font.bold == (line[1].value != above[1].value)


def test_short_tables_of_the_form_print_on_one_page(filled: Workbook) -> None:
    endless = [sheet.title for sheet in filled if sheet.page_setup.fitToHeight in (0, "0")]
    assert "План" in endless
    assert not {"Показатели", "Факт", "Справка"} & {*endless}
