// From a total to its clusters, from a cluster to its files, sheets and cells, in one dialog with a way back.
const dialog = byId("drill"), views = [];

function openView(title, fill) { views.push({ title, fill }); showView(); }

function showView() {
  const { title, fill } = views[views.length - 1];
  byId("drill-title").textContent = title;
  byId("drill-back").hidden = views.length < 2;
  const body = make("div");
  byId("drill-body").replaceChildren(body);
  if (!dialog.open) dialog.showModal();
  fill(body);
  dialog.scrollTop = 0;
  byId("drill-title").focus();
}

const facts = pairs => make("dl", {}, ...pairs.filter(([, text]) => text !== "" && text !== null).flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
const clusterColumn = { title: "Кластер", of: row => `${row.cluster.id} ${row.cluster.name}`, show: row => clusterButton(row.cluster), name: "who" };
const regionColumn = { title: "Субъект РФ, отрасль", of: row => `${row.cluster.region} ${row.cluster.industry}`, show: row => make("span", {}, row.cluster.region, make("span", { class: "under" }, row.cluster.industry)) };
const fileColumn = { title: "Файл", of: row => fileName(row.file), show: row => fileLink(row.file), name: "file" };
const placeColumn = { title: "Файл, лист и ячейка", of: row => `${fileName(row.file)} ${placeOf(row.sheet, row.cell)}`, name: "file",
  show: row => make("span", {}, fileLink(row.file), make("span", { class: "place" }, placeOf(row.sheet, row.cell))) };
const NUMBER_TITLE = "№\u00a0п\u2060/\u2060п";

function clusterButton(cluster) {
  if (cluster.number < 0) return document.createTextNode("не установлен");
  return make("span", {}, opener(cluster.id, () => openCluster(cluster), "", `Кластер ${cluster.id}: открыть`), cluster.name ? ` ${cut(cluster.name, 70)}` : "");
}

// --- a total ----------------------------------------------------------------------------------------------

function addressOf(columns, row) {
  return columns && columns.split(":").map(column => column + row).join(":");
}

// The workbooks of a total, each with its figure, how it is counted and where it stands.
function membersOf(total) {
  const { table } = total, width = table.actuals ? 2 : 1, members = [];
  for (const [whose, file, sheet, periods, columns, rows, questioned] of table.books) {
    const at = periods.indexOf(total.when), cluster = clusterOf(whose);
    if (at < 0 || (total.dimension !== "all" && cluster[total.dimension] !== total.group)) continue;
    const place = rows.findIndex(one => one[0] === total.row), row = rows[place];
    const figure = row ? row[2 + at * width] : null;
    const [value, counted] = figureOf(figure);
    const planned = row && table.actuals && typeof figure === "number" ? row[3 + at * width] : null;
    members.push({ cluster, file, sheet, cell: row ? addressOf(columns[at], row[1]) : "", value, counted, planned, questioned: isQuestioned(questioned, place, total.when) });
  }
  return members;
}

const isQuestioned = (questioned, place, when) => questioned.some(one => one[0] === place && one[1] === when);

const COUNTED_WORDS = { numbers: "в сумме", dashes: "прочерк", yes: "«да»", blank: "не заполнено", doubtful: "с ошибкой", other: "иная единица или учёт", absent: "нет строки" };

function figureOf(figure) {
  if (typeof figure === "number") return [figure, "numbers"];
  if (figure === null) return ["", "absent"];
  const counted = { "": "blank", "-": "dashes", "=": "yes", "!": "doubtful", "~": "other" }[figure[0] || ""];
  return [counted === "dashes" ? "–" : counted === "yes" ? "да" : figure.slice(1), counted];
}

const countedSaid = (row, counted) => [counted(row.counted), ...row.questioned ? ["под вопросом"] : []];

function openTotal(total) {
  const { table } = total, [, , unit, mode] = table.rows[total.row];
  const group = total.dimension === "all" ? "все кластеры" : total.group;
  openView(`${rowTitle(table, total.row)}: ${group}`, body => {
    const members = membersOf(total), adds = total.amount !== null;
    const counted = name => !adds && name === "numbers" ? "число, не складывается" : COUNTED_WORDS[name];
    body.append(facts([
      ["Форма и лист", table.title], ["Период", table.periods[total.when]], ["Единица и учёт", [unit, mode].filter(Boolean).join(", ")],
      ["Сумма", amountSigned(total)], ["План тех же кластеров", said(total.planned)],
      ["Состав", COUNTED.filter(name => total[name]).map(name => `${counted(name)}: ${total[name]}`).join("; ")],
      ["Под вопросом", total.questioned ? `${total.questioned}: предупреждение на ячейке, номере, единице или учёте, либо в реестре другое значение` : ""],
    ]));
    const place = make("div");
    body.append(place);
    drawTable(place, {
      caption: "Из чего сложено", rows: members, order: [[2, "desc"]],
      columns: [clusterColumn, regionColumn,
        { title: "Значение", of: row => typeof row.value === "number" ? row.value : null, show: row => said(row.value), number: true },
        ...(table.actuals ? [{ title: "План", of: row => row.planned, number: true }] : []),
        { title: "Как учтено", of: row => countedSaid(row, counted).join(", "), show: row => make("span", {}, ...countedSaid(row, counted).flatMap((text, i) =>
          [tag(text, i || MISSING.includes(row.counted) ? "warn" : ""), " "])) },
        placeColumn],
    });
  });
}

// --- a cluster --------------------------------------------------------------------------------------------

function openCluster(cluster) {
  const mine = line => line.cluster === cluster;
  openView(`Кластер ${cluster.id}`, body => {
    body.append(facts([["Наименование", cluster.name], ["Отрасль", cluster.industry], ["Субъект РФ", cluster.region], ["Федеральный округ", cluster.district]]));
    section(body, "Книги", { rows: INTAKE.filter(mine), columns: submissionColumns, search: false });
    section(body, "Замечания", { rows: FINDINGS.filter(mine), part: findingsPart, columns: findingColumns });
    section(body, "Различия с реестром", { rows: DIFFERENCES.filter(mine), part: differencesPart, columns: differenceColumns });
    for (const table of DATA.tables) for (const book of table.books) if (clusterOf(book[0]) === cluster) bookSection(body, table, book);
  });
}

function section(body, title, options) {
  if (!options.rows.length) return;
  const place = make("div");
  body.append(make("h3", {}, title), place);
  drawTable(place, { caption: plural(options.rows.length, "строка", "строки", "строк") + (options.part || ""), ...options });
}

// The figures of one workbook, each with its cell.
function bookSection(body, table, [, file, sheet, periods, columns, rows, questioned]) {
  const width = table.actuals ? 2 : 1;
  const of = (row, i) => figureOf(row[2 + i * width]);
  section(body, `${table.title} — ${fileName(file)}, лист «${sheet}»`, {
    rows, size: 100,
    columns: [{ title: NUMBER_TITLE, of: row => table.rows[row[0]][0] }, { title: "Наименование", of: row => table.rows[row[0]][1], name: "name" },
      { title: "Ед.", of: row => table.rows[row[0]][2] },
      ...periods.flatMap((period, i) => [
        { title: table.periods[period], number: true, of: row => typeof of(row, i)[0] === "number" ? of(row, i)[0] : null,
          show: row => make("span", { class: ["blank", "doubtful", "other"].includes(of(row, i)[1]) ? "doubt" : "" }, (said(of(row, i)[0]) || COUNTED_WORDS[of(row, i)[1]]) + (isQuestioned(questioned, rows.indexOf(row), period) ? "?" : "")) },
        { title: "Ячейка", of: row => addressOf(columns[i], row[1]), name: "place" }])],
  });
}

const standingColumn = { title: "Приём", of: row => `${DATA.standings[row.standing]} ${row.note}`, name: "file",
  show: row => make("span", {}, tag(DATA.standings[row.standing], TONES[row.standing]), row.note && make("span", { class: "under" }, row.note)) };
const deadlineColumn = { title: "Срок", name: "date", of: row => row.deadline, show: row => row.late ? make("span", {}, row.deadline, " ", tag("после срока", "bad")) : row.deadline };
const submissionColumns = [{ title: "Форма", of: row => formName(row.form) }, { title: "Период", of: row => row.period }, deadlineColumn, standingColumn, fileColumn,
  ...[["Ошибок", "errors"], ["Предупр.", "warnings"], ["Различий", "differences"]].map(([title, name]) => ({ title, number: true, of: row => row.file < 0 ? null : row[name] }))];
const findingColumns = [{ title: "Важность", of: row => DATA.severities[row.severity], show: row => tag(DATA.severities[row.severity], TONES[row.severity]) },
  { title: "Правило", of: row => row.rule, name: "place" }, placeColumn, { title: "Что не так", of: row => row.message, name: "name" },
  { title: "Значение", of: row => said(row.value) }, { title: "Как исправить", of: row => row.hint }];
const shareOf = row => row.delta !== null && typeof row.theirs === "number" && row.theirs ? Math.round(1000 * row.delta / Math.abs(row.theirs)) / 10 : null;
const withSign = value => value === null ? "" : (value > 0 ? "+" : "") + said(value);
const differenceColumns = [{ title: NUMBER_TITLE, of: row => row.code }, { title: "Наименование", of: row => row.name, name: "name" }, { title: "Год", of: row => row.year },
  { title: "В книге", of: row => said(row.ours) }, { title: "В реестре", of: row => said(row.theirs) },
  { title: "Разница", of: row => row.delta === null ? null : Math.abs(row.delta), show: row => withSign(row.delta), number: true },
  { title: "Разница, %", of: row => shareOf(row) === null ? null : Math.abs(shareOf(row)), show: row => withSign(shareOf(row)), number: true },
  { title: "Что различается", of: row => DATA.statuses[row.status], show: row => tag(DATA.statuses[row.status], TONES[row.status] || "") }, placeColumn];

byId("drill-close").addEventListener("click", () => dialog.close());
byId("drill-back").addEventListener("click", () => { views.pop(); showView(); });
dialog.addEventListener("close", () => {
  if (dialog.open) return; // printing has opened it again
  views.length = 0;
  byId("drill-body").replaceChildren();
});
// A modal dialog stays within one page: what is open is printed as plain content.
addEventListener("beforeprint", () => { if (dialog.open) { dialog.close(); dialog.show(); } });
addEventListener("afterprint", () => { if (dialog.open) { dialog.close(); dialog.showModal(); } });
