"""What the gate's answers say of each workbook, in Russian, and what goes along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlkit.actions.check import CheckResult
from xlkit.actions.gate.judge import Judged
from xlkit.actions.seal import CHANGED, EXACT, INVALID, RE_SAVED
from xlkit.finding import Finding, Severity
from xlkit.mail.answers import BAD, DOUBT, GOOD, Item, in_moscow, lateness, some, still_due
from xlkit.mail.ledger_lines import DUPLICATE, QUARANTINED, RETURNED, SubmissionLine
from xlkit.mail.message import Attachment
from xlkit.mail.versions import SEVERAL
from xlkit.report.differences_text import difference_said
from xlkit.report.protocol import check_page
from xlkit.report.text import counted, grouped, places_said
from xlkit.rules.edition import load_edition
from xlkit.rules.registered import Cluster
from xlkit.texts import plural, using_language


def item_of(line: SubmissionLine, judged: Judged, earlier: Sequence[SubmissionLine]) -> Item:
    """What is said of one workbook; ``earlier`` are the versions before it, the one in force until then last."""
    with using_language("ru"):
        name = judged.book.name
        if line.state == QUARANTINED:
            return Item(f"Книга «{name}» отложена", BAD, (line.why + ".",))
        if line.state == RETURNED:
            return _returned(line, judged)
        if line.state == DUPLICATE:
            return _repeated(line, judged, earlier)
        return _accepted(line, judged, earlier)


def _accepted(line: SubmissionLine, judged: Judged, earlier: Sequence[SubmissionLine]) -> Item:
    facts = [("Квитанция", line.receipt), *_facts(line, judged, earlier)]
    if earlier:
        before = earlier[-1]
        kept = f"прежняя ({before.receipt}) сохранена, действует эта"
        if line.counts_from is None:
            kept = f"эта сохранена, но действует прежняя ({before.receipt})"
        elif before.received_at > line.received_at:  # the letter was long on its way
            when = in_moscow(before.received_at)
            kept = f"эта сохранена, действует присланная позже ({before.receipt}, получена {when})"
        said = f"{line.version}; {kept}"
        facts.append(("Версия", said))
    facts.append(("SHA-256 файла", line.workbook_sha256))
    if line.why:
        facts.append(("Внимание", f"{line.why}."))
    if line.counts_from is None and line.doubt != SEVERAL:
        facts.append(("Что делать", _IF_MEANT))
    bad_seal = line.seal in (CHANGED, INVALID) and not judged.unknown_key
    doubt = line.late or line.differences or line.why or bad_seal
    return Item(
        f"Книга «{judged.book.name}» принята", DOUBT if doubt else GOOD, (), tuple(facts), tuple(_lists(judged))
    )


def _repeated(line: SubmissionLine, judged: Judged, earlier: Sequence[SubmissionLine]) -> Item:
    current = earlier[-1]
    same = next(one for one in earlier if one.receipt == line.receipt)
    lead = f"Книга с тем же содержанием уже принята {in_moscow(same.received_at)}."
    facts = [("Квитанция", line.receipt), *_facts(line, judged, earlier)]
    if same is current:
        lead += " Это повтор: новой версии нет, ничего делать не нужно."
    else:
        lead += " Это повтор: новой версии нет."
        facts.append(("Действует", f"версия {current.version} ({current.receipt}, {in_moscow(current.received_at)})"))
    if line.why:
        facts += [("Внимание", f"{line.why}."), ("Что делать", _IF_MEANT)]
    tone = DOUBT if line.doubt else GOOD
    return Item(f"Книга «{judged.book.name}» уже была принята", tone, (lead,), tuple(facts))


_IF_MEANT = "Если верна всё же эта книга, сообщите куратору ИРПО: он решит, какая версия действует."


def _returned(line: SubmissionLine, judged: Judged) -> Item:
    lead = [f"{judged.refusal}." if judged.refusal is not None else _WHAT_TO_DO]
    lead = [said.replace("..", ".") for said in lead]
    if judged.annotated is not None:
        lead.append("К письму приложены копия вашей книги с замечаниями в ячейках и протокол проверки.")
    return Item(
        f"Книга «{judged.book.name}» не принята", BAD, tuple(lead), tuple(_facts(line, judged)), tuple(_lists(judged))
    )


_WHAT_TO_DO = "В книге есть ошибки: исправьте их и пришлите книгу ответом на это письмо."


def _facts(line: SubmissionLine, judged: Judged, earlier: Sequence[SubmissionLine] = ()) -> Iterator[tuple[str, str]]:
    cluster: Cluster | None = judged.cluster
    if cluster is not None:
        yield "Кластер", f"{cluster.id} — {cluster.name}" if cluster.name else cluster.id
    if line.form:
        yield "Форма", load_edition(line.form).book.title.ru
        yield "Период", line.period or "план"
    yield "Получено", in_moscow(line.received_at)
    if line.form:
        in_time = next((one for one in earlier if line.late and not one.late), None)
        kept = f"; версия {in_time.version} ({in_time.receipt}) получена в срок" if in_time is not None else ""
        if line.state == RETURNED:
            yield "Срок", still_due(line.deadline, line.late)
        else:
            yield "Срок", lateness(line.received_at, line.deadline, line.late) + kept
    if judged.extract is not None:
        yield "Проверка", counted(judged.check)
        yield "Сверка с реестром", _reconciled(judged)
    if judged.unknown_key:
        yield "Печать", "подпись не сверена: ключ кластера ещё не известен ИРПО"
    elif judged.seal is not None:
        yield "Печать", f"{judged.seal.word}: {_SEALS.get(judged.seal.word, '')}{judged.seal.why}"


_SEALS = {
    EXACT: "",
    RE_SAVED: "",
    CHANGED: "книга отличается от опечатанной. ",
    INVALID: "печать не подтверждена. ",
}


def _reconciled(judged: Judged) -> str:
    if judged.reconciled.refusal is not None:
        return f"не выполнена: {judged.reconciled.refusal}"
    count = len(judged.differences)
    return f"расхождений {count}" if count else "расхождений нет"


def _lists(judged: Judged) -> Iterator[tuple[str, tuple[str, ...]]]:
    for severity, caption in ((Severity.ERROR, "Ошибки"), (Severity.WARNING, "Предупреждения")):
        found = [one for one in judged.check.findings if one.severity is severity]
        if judged.extract is not None and found:
            yield caption, some([_finding_said(group) for group in grouped(found)])
    if judged.seal is not None and judged.seal.cells:
        yield "Ячейки, изменённые после опечатывания", some([f"{sheet}!{cell}" for sheet, cell in judged.seal.cells])
    if judged.differences:
        yield "Расхождения с реестром", some([difference_said(one) for one in judged.differences])


def _finding_said(group: Sequence[Finding]) -> str:
    first = group[0]
    place = places_said(group)
    many = f" ({plural(len(group), 'ячейка', 'ячейки', 'ячеек')})" if len(group) > 1 else ""
    hint = f" → {first.hint}" if first.hint is not None else ""
    return f"{place + ': ' if place else ''}{first.message}{many}{hint} [{first.rule}]"


def attachments_of(judged: Judged) -> Iterator[Attachment]:
    """The annotated copy of a workbook that goes back, and the protocol of its check."""
    if judged.annotated is None:
        return
    yield Attachment(*judged.annotated)
    with using_language("ru"):
        page = check_page(CheckResult((judged.check,)))
    stem = judged.book.name.rpartition(".")[0] or judged.book.name
    yield Attachment(f"{stem} — протокол.html", page)
