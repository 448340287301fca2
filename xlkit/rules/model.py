"""The vocabulary of a rule book: closed Pydantic models, from which its JSON Schema is generated."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from xlkit.finding import Severity
from xlkit.texts import Text

WORD, YEAR, RELATION_ID, FINDING_ID = "^[a-z_]+$", "^[0-9]{4}$", "^R-[0-9]{3}$", "^[FSTVC]-[0-9]{3}$"
CSV_NAME = r"^[^/\\]+\.csv$"

ModeId = Annotated[str, Field(pattern=WORD)]
TableId = Annotated[str, Field(pattern=WORD)]
FileName = Annotated[str, Field(pattern=CSV_NAME)]


def _both_languages(given: object) -> object:
    """``{ru: …, en: …}`` as a Text; neither may be blank."""
    if not isinstance(given, dict) or given.keys() != {"ru", "en"} or not all(map(_said, given.values())):
        raise PydanticCustomError("both_languages", "a sentence in both languages")
    return Text(**given)


def _said(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


Say = Annotated[Text, BeforeValidator(_both_languages), Field(description="a sentence in Russian and English")]
Tolerance = Annotated[float | int, Field(ge=0)]
CodeText = Annotated[str, Field(description='a code in quotes, such as "1.1.2"')]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Mode(Strict):
    """How a row's yearly values add up (column «Учёт»)."""

    caption: str
    total: Literal["sum", "last", "none", "once"] = Field(
        description="running total: sum of the years, the last value, none («х»), or once yes always yes"
    )
    values: Literal["number", "flag"] = "number"
    never_falls: bool = False
    say: str = Field(default="", description="one line of the help sheet")


class Unit(Strict):
    """A unit of measurement with what its numbers must satisfy; a row of units.csv."""

    unit: str
    synonyms: tuple[str, ...] = ()
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    tolerance: float = 0.0


class Level(Strict):
    """A level of a table's rows, known by the form of its codes."""

    id: str
    parts: int = Field(ge=1, le=4, description="how many numbers a code has: 1.1.2 has 3")
    digits: int | None = Field(
        default=None, ge=1, le=9, description="each number has exactly so many digits (38.02.01: 2)"
    )
    within: str | None = Field(default=None, description="the code does not carry its parent, a row of this level")
    fixed: bool = Field(default=False, description="set by the form: not to be added, dropped or reworded")
    values: bool = Field(default=True, description="rows of this level carry values")


class CodeColumn(Strict):
    kind: Literal["code"]
    caption: str


class NameColumn(Strict):
    kind: Literal["name"]
    caption: str


class UnitColumn(Strict):
    kind: Literal["unit"]
    caption: str


class ModeColumn(Strict):
    kind: Literal["mode"]
    caption: str
    modes: tuple[ModeId, ...] = Field(min_length=1)


class LinkColumn(Strict):
    """Which row of another table a row feeds."""

    kind: Literal["link"]
    caption: str
    to: TableId


class ValueColumn(Strict):
    """Input: one column per year or quarter, or a single one."""

    kind: Literal["value"]
    caption: str
    per: Literal["year", "quarter"] | None = None


class RunningTotalColumn(Strict):
    """Computed: the running total of value columns, by the row's mode."""

    kind: Literal["running_total"]
    caption: str
    of: str
    opening: str | None = Field(default=None, description="a column whose value the total starts from")
    per: Literal["year", "quarter"] | None = None


class LookupColumn(Strict):
    """Computed: the value of the row with the same code in another table, in the reporting year."""

    kind: Literal["lookup"]
    caption: str
    table: TableId
    column: str


class DifferenceColumn(Strict):
    """Computed: ``of`` minus ``minus``."""

    kind: Literal["difference"]
    caption: str
    of: str
    minus: str


class PercentageColumn(Strict):
    """Computed: 100 × ``of`` / ``base``; a dash where the base is 0 or a dash."""

    kind: Literal["percentage"]
    caption: str
    of: str
    base: str


class TextColumn(Strict):
    kind: Literal["text"]
    caption: str


Column = Annotated[
    CodeColumn
    | NameColumn
    | UnitColumn
    | ModeColumn
    | LinkColumn
    | ValueColumn
    | RunningTotalColumn
    | LookupColumn
    | DifferenceColumn
    | PercentageColumn
    | TextColumn,
    Field(discriminator="kind"),
]


class TypicalRow(Strict):
    """A row that a blank template starts from; a row of plan.csv or indicators.csv."""

    level: str
    code: str
    name: str
    unit: str = ""
    mode: str = ""
    link: str = ""
    values: bool = Field(default=False, description="the row carries values")


class Table(Strict):
    """One sheet with a table: what its rows and columns are."""

    sheet: str
    heading: Say
    stage: Literal["plan", "actuals"]
    rows: FileName = Field(description="CSV beside the rule book: level,code,name,unit,mode,link,values")
    mode_column: str = Field(default="mode", description="the column of that CSV that holds the modes")
    levels: tuple[Level, ...] = Field(min_length=1)
    columns: dict[str, Column]
    group_caption: str | None = Field(default=None, description="a caption above the value columns")
    mode: ModeId | None = Field(default=None, description="the mode of every row, where there is no such column")
    spare_rows: int = Field(default=0, ge=0, le=5, description="empty rows under each row of the fixed level")

    @cached_property
    def fixed_levels(self) -> frozenset[str]:
        """The levels whose rows the form sets."""
        return frozenset(level.id for level in self.levels if level.fixed)


class Each(Strict):
    """What a relation repeats over: placeholders of its operands and sentence."""

    year: Literal["all", "last"] = "all"
    code: tuple[CodeText, ...] | None = Field(default=None, min_length=1, description="fills {code}")
    specialty: CodeText | None = Field(default=None, description="every row within this one fills {specialty}")


class Operand(Strict):
    """One side of a relation. Exactly one of ``code``, ``feeds``, ``sum``, ``number``."""

    table: TableId | None = None
    code: CodeText | None = Field(default=None, description='the row with this key ("1.4.1/{specialty}")')
    feeds: CodeText | None = Field(default=None, description="all rows of the table linked to this code, summed")
    sum: tuple[Operand, ...] | None = Field(default=None, min_length=1, description="all of these, added")
    number: float | int | None = None
    take: Literal["value", "running_total"] = "value"
    year: int = Field(default=0, le=0, description="0 the same year, -1 the year before")
    times: float | int = 1

    @model_validator(mode="after")
    def _one_of(self) -> Operand:
        given = [n for n in ("code", "feeds", "sum", "number") if getattr(self, n) is not None]
        if len(given) != 1:
            raise PydanticCustomError("operand_one_of", "exactly one of code, feeds, sum, number")
        of_row = given[0] in ("code", "feeds")
        if of_row and self.table is None:
            raise PydanticCustomError("operand_table", "{word} needs its table", {"word": given[0]})
        extra = [] if of_row else [n for n in ("table", "take", "year") if n in self.model_fields_set]
        if extra:
            raise PydanticCustomError("operand_extra", "{word} needs code or feeds", {"word": extra[0]})
        return self


class Decimals(Strict):
    """Values agree when they are equal after rounding to this many decimals."""

    decimals: int = Field(ge=0, le=6)


class Relation(Strict):
    """Equality or bound between two operands, checked for every year and code of ``each``."""

    id: str = Field(pattern=RELATION_ID)
    say: Say
    each: Each = Each()
    left: Operand
    op: Literal["=", "<=", ">="]
    right: Operand
    tolerance: Literal["unit"] | Tolerance | Decimals = "unit"
    severity: Severity = Field(strict=False)
    rows: Literal["all", "typical"] = Field(
        default="all", description="typical: only where both rows still are the template's own measures"
    )
    dash: Literal["differs", "zero", "skip"] = Field(
        default="differs", description="a dash against a number: differs, counts as 0, or is not compared"
    )
    blank: Literal["skip"] = Field(default="skip", description="a blank is a finding of its own, never compared")
    explain: Say | None = Field(default=None, description="the likeliest innocent explanation, shown first")


class RuleBook(Strict):
    """One edition of one form."""

    form: str = Field(pattern=WORD)
    edition: str = Field(pattern=YEAR)
    title: Say
    cluster_kind: str = Field(description="«Вид кластера» of the title sheet")
    first_year: int = Field(ge=2000, le=2100)
    years: int = Field(default=3, ge=1, le=6)
    units: FileName | None = Field(default=None, description="CSV beside the rule book: unit,synonyms,whole,…")
    modes: dict[ModeId, Mode]
    tables: dict[TableId, Table] = Field(min_length=1)
    relations: tuple[Relation, ...] = ()
