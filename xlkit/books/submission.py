"""A cluster's workbook, read: which form and edition it is, its title sheet, its tables, structural findings."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlkit.books.merged import merged_cells
from xlkit.books.passport import PROPERTY_CLUSTER, PROPERTY_EDITION, PROPERTY_FORM, PROPERTY_RULES
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.tables import FoundTable, find_table
from xlkit.books.title import Title, check_title, read_title
from xlkit.errors import XlkitError
from xlkit.finding import Finding, Location
from xlkit.rules.catalogue import finding, refusal
from xlkit.rules.edition import Edition, list_editions, load_edition
from xlkit.rules.model import Table
from xlkit.rules.period import Period
from xlkit.rules.sheetnames import APPROVED, LISTS
from xlkit.rules.title import title_sheet
from xlkit.texts import Text
from xlkit.values import cluster_key, folded

PLAN, ACTUALS = "plan", "actuals"
_SIMILAR_SHEET = 70


@dataclass
class Submission:
    """One workbook as a cluster submitted it. ``raw`` holds the sheets that the form declares."""

    file: str
    edition: Edition
    title: Title
    raw: RawWorkbook
    tables: dict[str, FoundTable] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def cluster(self) -> str:
        return self.title.cluster_id

    @property
    def period(self) -> Period | None:
        return self.title.period

    @property
    def stage(self) -> str:
        """``actuals`` once the title sheet names a reporting period, else ``plan``."""
        return ACTUALS if self.period is not None else PLAN

    @property
    def issued_to(self) -> str:
        """The cluster that its template was issued to; empty where the file does not say."""
        return self.raw.properties.get(PROPERTY_CLUSTER, "")

    @property
    def first_year(self) -> int:
        """The programme's first year: the plan's captions tell it where the title sheet does not."""
        for found in self.tables.values():
            if found.years:
                return found.years[0]
        return self.title.first_year or self.edition.book.first_year


def submission_of(raw: RawWorkbook, file: str) -> Submission:
    """Understand a raw workbook; raises FileRefused where it is not a form of ours."""
    sheets = raw.named(title_sheet().sheet)
    title = read_title(sheets[0]) if sheets else None
    if title is None or not {"cluster_id", "first_year"} & title.entries.keys():
        raise refusal("F-009", similar=_similar_sheet(raw, title_sheet().sheet))
    edition = _edition_of(raw, title)
    submission = Submission(file, edition, title, raw)
    submission.findings += check_title(title, edition, file)
    submission.findings += _property_findings(submission)
    submission.findings += _remarks(submission)
    for table_id, table in edition.book.tables.items():
        sheet = _sheet_of(submission, table)
        if sheet is None:
            continue
        found, findings = find_table(sheet, file, edition, table_id, title.first_year, title.text("industry"))
        submission.findings += findings
        if found is not None:
            submission.tables[table_id] = found
            submission.findings += _year_findings(submission, found)
            submission.findings += merged_cells(file, edition, found, sheet.merges)
    submission.findings += _period_findings(submission)
    return submission


def _remarks(submission: Submission) -> list[Finding]:
    """What the file holds beside figures; the hidden sheet of lists is the template's own."""
    return [
        finding(one.rule, Location(submission.file, one.sheet), what=one.what)
        for one in submission.raw.remarks
        if not (one.rule == "F-041" and folded(one.what) == folded(LISTS))
    ]


def declared_sheets() -> set[str]:
    """The names of all sheets that any form reads."""
    sheets = {title_sheet().sheet, APPROVED}
    for form in {path.parent.name for path in list_editions()}:
        sheets |= {table.sheet for table in load_edition(form).book.tables.values()}
    return sheets


def _edition_of(raw: RawWorkbook, title: Title) -> Edition:
    form = raw.properties.get(PROPERTY_FORM, "")
    number = raw.properties.get(PROPERTY_EDITION, "").removesuffix(".0") or None
    by_kind = {folded(load_edition(f).book.cluster_kind): f for f in {p.parent.name for p in list_editions()}}
    kind_form = by_kind.get(folded(title.text("kind")))
    if not form:
        form = kind_form or _form_by_sheets(raw)
    try:
        return load_edition(form, number)
    except XlkitError as error:
        raise refusal("F-013", form=form, edition=number or "?") from error


def _form_by_sheets(raw: RawWorkbook) -> str:
    """Without properties and kind: the form that declares most of the workbook's sheets."""
    names = {folded(n) for n in raw.sheet_names}
    forms = sorted({path.parent.name for path in list_editions()})

    def fit(form: str) -> float:
        declared = {folded(t.sheet) for t in load_edition(form).book.tables.values()}
        return len(declared & names) - len(declared - names) / 10

    return max(forms, key=fit)


def _sheet_of(submission: Submission, table: Table) -> RawSheet | None:
    """A table's sheet; a plan needs no sheet of actuals."""
    name = table.sheet
    sheets = submission.raw.named(name)
    place = Location(submission.file, name)
    if not sheets and table.stage == ACTUALS and submission.stage == PLAN:
        return None
    if not sheets:
        similar = _similar_sheet(submission.raw, name)
        submission.findings.append(finding("S-101", place, sheet=name, similar=similar))
        return None
    if len(sheets) > 1:
        names = ", ".join(f"«{s.name}»" for s in sheets)
        submission.findings.append(finding("S-108", Location(submission.file, sheets[1].name), sheets=names))
    return sheets[0]


def _similar_sheet(raw: RawWorkbook, name: str) -> Text:
    """«, есть похожий «План 2026»»: the sheet that somebody may have renamed; empty where there is none."""
    from rapidfuzz import fuzz

    taken = {folded(declared) for declared in declared_sheets()}
    for one in raw.sheet_names:
        begins = folded(one).startswith(folded(name))
        if folded(one) not in taken and (begins or fuzz.ratio(folded(one), folded(name)) >= _SIMILAR_SHEET):
            return Text(f", но есть похожий «{one}»", f", but a similar one, «{one}»")
    return Text("", "")


def _property_findings(submission: Submission) -> list[Finding]:
    properties, title, file = submission.raw.properties, submission.title, submission.file
    found = []
    cluster = submission.issued_to
    entry = title.entries.get("cluster_id")
    if cluster and title.cluster_id and cluster_key(cluster) != cluster_key(title.cluster_id) and entry:
        found.append(
            finding(
                "S-114",
                Location(file, title.sheet, entry.cell),
                title.cluster_id,
                cluster,
                what=Text("Идентификатор кластера", "Cluster id"),
                title=title.cluster_id,
                property=cluster,
            )
        )
    rules = properties.get(PROPERTY_RULES, "")
    if rules and rules != submission.edition.digest:
        found.append(finding("S-115", Location(file)))
    return found


def _year_findings(submission: Submission, found: FoundTable) -> list[Finding]:
    first = submission.title.first_year
    told = any(one.rule == "T-103" for one in submission.findings)
    if first is None or told or not found.years or found.years[0] == first:
        return []
    entry = submission.title.entries["first_year"]
    place = Location(submission.file, submission.title.sheet, entry.cell)
    return [finding("T-103", place, first, found.years[0], title=first, sheet=found.sheet, header=found.years[0])]


def _period_findings(submission: Submission) -> list[Finding]:
    period = submission.period
    years = submission.edition.years(submission.first_year)
    if period is None or period.year in years:
        return []
    entry = submission.title.entries["period"]
    place = Location(submission.file, submission.title.sheet, entry.cell)
    return [finding("T-109", place, entry.text, text=str(period), years=f"{years[0]}–{years[-1]}")]
