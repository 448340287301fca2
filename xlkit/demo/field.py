"""The demo's field: the real and the made clusters, which faults are planted in whom, and the register."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import cycle

from xlkit.demo.draft import Draft, approved_figures
from xlkit.demo.faults import KINDS
from xlkit.demo.made import made_clusters, made_draft
from xlkit.demo.real import real_drafts
from xlkit.resources import rule_books_folder
from xlkit.rules.registered import Cluster, Deadline, Register

APPROVED_ON = "2026-03-02"
_CLEAN_EVERY = 5
_FAULTS_EACH = 2


@dataclass(frozen=True)
class Field:
    """All drafts with their faults planted, in the order of the register."""

    drafts: tuple[Draft, ...]
    clusters: tuple[Cluster, ...]

    def register(self) -> Register:
        """The register: every cluster, with the figures that were approved."""
        figures = tuple(figure for draft in self.drafts for figure in draft.figures)
        forms = sorted({draft.edition.form for draft in self.drafts})
        deadlines = tuple(Deadline(form, "план", "2026-12-01 18:00") for form in forms)
        return Register("demo", self.clusters, figures, deadlines)


def make_field(count: int) -> Field:
    """The two real programmes and ``count`` made clusters; the same for the same count.

    Every fifth made cluster stays clean; the others get two kinds of faults each, all kinds in turn.
    """
    drafts = real_drafts()
    for draft in drafts:
        draft.figures = approved_figures(draft, APPROVED_ON)
    turns = {form: cycle([k for k in KINDS if k.form == form]) for form in {k.form for k in KINDS}}
    for number, cluster in enumerate(made_clusters(count)):
        draft = made_draft(cluster)
        draft.figures = approved_figures(draft, APPROVED_ON)
        if number % _CLEAN_EVERY != _CLEAN_EVERY - 1:
            for _ in range(_FAULTS_EACH):
                kind = next(turns[draft.edition.form])
                kind.plant(draft, kind.name)
        drafts.append(draft)
    return Field(tuple(drafts), tuple(draft.cluster for draft in drafts))


def methodical_centres() -> list[dict[str, str]]:
    """The register's sheet «УМЦ»."""
    with (rule_books_folder() / "umc.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
