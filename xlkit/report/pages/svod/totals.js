// Totals by group, and progress against plan.
const YEARLY = DATA.tables.filter(table => !table.actuals), REPORTED = DATA.tables.filter(table => table.actuals);
const MOST = 30;
const rowOptions = table => table.rows.map((_, row) => [String(row), cut(rowTitle(table, row), 110)]);
const numbered = tables => tables.map((table, i) => [String(i), table.title]);

// The last period that most clusters have: an odd cluster's fourth year makes no chart.
function usualPeriod(table, row) {
  const counts = table.periods.map((_, when) => (totalOf(table, "all", "", row, when) || { clusters: 0 }).clusters);
  return counts.findLastIndex(count => count >= 0.8 * Math.max(...counts));
}

function totalButton(total) {
  if (!total || !total.clusters) return document.createTextNode("");
  const [number] = total.table.rows[total.row];
  const doubts = [total.missing ? "сумма неполная" : "", questionedSaid(total)].filter(Boolean).map(text => `, ${text}`).join("");
  const about = `${amountSaid(total) || "нет чисел"}, ${number}, ${total.table.periods[total.when]}, ${total.group || "все кластеры"}${doubts}: открыть`;
  return opener(amountSigned(total) || "…", () => openTotal(total), total.missing ? "doubt" : "", about);
}

function drawTotals() {
  if (!YEARLY.length) return byId("totals-table").replaceChildren(make("p", {}, "Складывать нечего."));
  const place = byId("totals-controls"), chosen = { table: YEARLY[0], row: 0, when: usualPeriod(YEARLY[0], 0), dimension: "district" };
  const show = () => { drawGroups(chosen); redrawChart(); };
  choice(place, "Форма и лист", numbered(YEARLY), value => { chosen.table = YEARLY[value]; chosen.row = 0; fill(); show(); });
  const rows = choice(place, "Показатель или строка плана", [], value => { chosen.row = Number(value); show(); });
  choice(place, "Разрез", ["industry", "district", "region"].map(name => [name, DIMENSION_WORDS[name]]), value => { chosen.dimension = value; show(); }, chosen.dimension);
  const years = choice(place, "Год на диаграмме", [], value => { chosen.when = Number(value); show(); });
  const fill = () => {
    chosen.when = usualPeriod(chosen.table, chosen.row);
    rows.replaceChildren(...rowOptions(chosen.table).map(([value, text]) => make("option", { value }, text)));
    years.replaceChildren(...chosen.table.periods.map((text, when) => make("option", { value: when, selected: when === chosen.when }, text)));
  };
  fill();
  drawGroups(chosen);
  const redrawChart = drawn(() => groupChart(chosen));
}

function drawGroups({ table, row, dimension }) {
  const line = (of, group, label) => ({ label, totals: table.periods.map((_, when) => totalOf(table, of, group, row, when)) });
  const rows = table.groups[dimension].map(group => line(dimension, group, group)).concat([line("all", "", "Всего")]);
  const latest = one => one.totals.reduce((best, total) => total && (!best || total.clusters >= best.clusters) ? total : best, null);
  drawTable(byId("totals-table"), {
    caption: `${rowTitle(table, row)}, ${table.rows[row][2]}`, rows: rows.filter(latest), size: 100,
    columns: [{ title: DIMENSION_WORDS[dimension], of: one => one.label, name: "name" },
      ...table.periods.map((period, when) => ({ title: period, number: true, of: one => one.totals[when] ? one.totals[when].amount ?? one.totals[when].yes : null, show: one => totalButton(one.totals[when]) })),
      { title: "Кластеров", number: true, of: one => latest(one).clusters },
      { title: "Из них в сумме", number: true, of: one => latest(one).numbers },
      { title: "Под вопросом, все годы", number: true, of: one => one.totals.reduce((sum, total) => sum + (total ? total.questioned : 0), 0) || null },
      { title: "Чего нет в сумме", of: one => MISSING.filter(name => latest(one)[name]).map(name => `${COUNTED_WORDS[name]}: ${latest(one)[name]}`).join("; ") }],
  });
}

function groupChart({ table, row, when, dimension }) {
  const totals = table.groups[dimension].map(group => totalOf(table, dimension, group, row, when)).filter(total => total && (total.amount !== null || total.yes));
  const rows = totals.map(total => ({ label: total.group, value: total.amount ?? total.yes, total })).sort((a, b) => b.value - a.value);
  const about = `${rowTitle(table, row)}, ${table.periods[when]}`;
  const unit = rows.some(one => one.total.amount !== null) ? table.rows[row][2] : "кластеров с «да»";
  bars(byId("totals-chart"), { rows: rows.slice(0, MOST), unit, about, open: one => openTotal(one.total) });
  byId("totals-caption").textContent = `${about}${rows.length > MOST ? `; ${MOST} наибольших из ${rows.length}` : ""}. Все годы — в таблице.`;
}

// --- plan and actuals -------------------------------------------------------------------------------------

function drawProgress() {
  if (!REPORTED.length) return byId("progress-table").replaceChildren(make("p", {}, "Фактических значений пока нет: отчёты за периоды не поступали."));
  const place = byId("progress-controls"), periods = REPORTED.flatMap((table, i) => table.periods.map((text, when) => [`${i}|${when}`, `${table.title}, ${text}`])).reverse();
  const chosen = { key: periods[0][0], group: "all|" };
  const show = () => { drawPlanFact(chosen); redrawChart(); };
  choice(place, "Форма и период", periods, value => { chosen.key = value; chosen.group = "all|"; fill(); show(); });
  const groups = choice(place, "Кого показать", [], value => { chosen.group = value; show(); });
  const fill = () => {
    const table = REPORTED[chosen.key.split("|")[0]];
    groups.replaceChildren(make("option", { value: "all|" }, "Все кластеры"), ...["industry", "district", "region"].map(name =>
      make("optgroup", { label: DIMENSION_WORDS[name] }, ...table.groups[name].map(group => make("option", { value: `${name}|${group}` }, group)))));
  };
  fill();
  drawPlanFact(chosen);
  const redrawChart = drawn(() => progressChart(chosen));
}

function reported({ key, group }) {
  const [i, when] = key.split("|"), at = group.indexOf("|"), table = REPORTED[i];
  const totals = table.rows.map((_, row) => totalOf(table, group.slice(0, at), group.slice(at + 1), row, Number(when))).filter(Boolean);
  return totals.map(total => ({ total, done: total.amount !== null && total.planned ? 100 * total.amount / total.planned : null }));
}

function drawPlanFact(chosen) {
  drawTable(byId("progress-table"), {
    caption: "План — тех же кластеров, чей факт вошёл в сумму", rows: reported(chosen), size: 100, search: false,
    columns: [{ title: NUMBER_TITLE, of: ({ total }) => total.table.rows[total.row][0] }, { title: "Показатель", of: ({ total }) => total.table.rows[total.row][1], name: "name" },
      { title: "Ед.", of: ({ total }) => total.table.rows[total.row][2] }, { title: "План", number: true, of: ({ total }) => total.planned },
      { title: "Факт", number: true, of: ({ total }) => total.amount, show: ({ total }) => totalButton(total) },
      { title: "Выполнение, %", number: true, of: one => one.done, show: one => one.done === null ? "" : one.done.toFixed(1).replace(".", ",") },
      { title: "В сумме", number: true, of: ({ total }) => total.numbers },
      { title: "Под вопросом", number: true, of: ({ total }) => total.questioned || null },
      { title: "Чего нет в сумме", of: ({ total }) => MISSING.filter(name => total[name]).map(name => `${COUNTED_WORDS[name]}: ${total[name]}`).join("; ") }],
  });
}

function progressChart(chosen) {
  const rows = reported(chosen).filter(one => one.done !== null).map(one => ({ label: rowTitle(one.total.table, one.total.row), value: one.done, total: one.total }));
  const about = `Выполнение плана, ${REPORTED[chosen.key.split("|")[0]].periods[chosen.key.split("|")[1]]}`;
  bars(byId("progress-chart"), { rows, unit: "% годового плана", about, open: one => openTotal(one.total), rule: 100, digits: 1 });
  byId("progress-caption").textContent = `${about}; черта — 100 % плана на 31 декабря. Те же данные — в таблице.`;
}
