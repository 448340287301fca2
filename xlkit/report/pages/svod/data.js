// The data of the page, and the few words that everything else is built from. Texts become text nodes, never markup.
const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const NUMBER = new Intl.NumberFormat("ru", { maximumFractionDigits: 2 });

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
  return element;
}

// A figure as a Russian form prints it; a text as it is.
function said(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? NUMBER.format(value) : String(value);
}

function plural(count, one, few, many) {
  const tens = count % 100, units = count % 10;
  const word = tens > 10 && tens < 20 || units === 0 || units > 4 ? many : units === 1 ? one : few;
  return `${NUMBER.format(count)} ${word}`;
}

const opener = (text, open, name, about) => make("button", { type: "button", class: `link ${name || ""}`, onclick: open, "aria-label": about }, text);
const tag = (text, tone) => make("span", { class: `tag ${tone}` }, text);

const CLUSTERS = DATA.clusters.map(([id, name, industry, region, district], number) => ({ number, id, name, industry, region, district }));
const NOBODY = { number: -1, id: "", name: "", industry: "", region: "", district: "" };
const clusterOf = number => number < 0 ? NOBODY : CLUSTERS[number];
const fileName = number => number < 0 ? "" : DATA.files[number][0];

function fileLink(number) {
  if (number < 0) return "";
  const [name, address] = DATA.files[number];
  return address ? make("a", { href: address }, name) : name;
}

const INTAKE = DATA.intake.map(([whose, form, period, deadline, standing, expected, file, errors, warnings, differences, note, late]) =>
  ({ cluster: clusterOf(whose), form, period, deadline, standing, expected, file, errors, warnings, differences, note, late }));
const FINDINGS = DATA.findings.map(([whose, file, severity, rule, sheet, cell, message, value, hint]) =>
  ({ cluster: clusterOf(whose), file, severity, rule, sheet: DATA.texts[sheet], cell, message: DATA.texts[message], value, hint: DATA.texts[hint] }));
const DIFFERENCES = DATA.differences.map(([whose, file, sheet, cell, code, name, year, ours, theirs, delta, status]) =>
  ({ cluster: clusterOf(whose), file, sheet: DATA.texts[sheet], cell, code, name: DATA.texts[name], year, ours, theirs, delta, status }));

// Of very many findings and differences a part is shown, and says so.
const FOUND = DATA.found.map(([severity, rule, count, files]) => ({ severity, rule, count, files }));
const foundInAll = FOUND.reduce((sum, one) => sum + one.count, 0);
const partOf = (whole, shown, sheet) => whole > shown ? `; показано ${NUMBER.format(shown)}, все — на листе «${sheet}» свода` : "";
const perhapsPart = (whole, shown, sheet) => whole > shown ? `; показаны, возможно, не все: все — на листе «${sheet}» свода` : "";
const findingsPart = perhapsPart(foundInAll, FINDINGS.length, "Замечания");
const differencesPart = perhapsPart(DATA.compared, DIFFERENCES.length, "Сверка");

const TONES = { accepted: "good", with_findings: "warn", submitted_twice: "bad", not_submitted: "", refused: "bad", repeat: "", superseded: "",
  error: "bad", warning: "warn", differs: "bad", not_comparable: "bad", only_in_workbook: "warn", only_in_register: "warn", unit_differs: "warn" };
const COLOURS = { accepted: "var(--good)", with_findings: "var(--warn)", submitted_twice: "var(--bad)", not_submitted: "var(--none)" };
const DIMENSIONS = ["all", "district", "industry", "region"];
const DIMENSION_WORDS = { all: "Все кластеры", district: "Федеральный округ", industry: "Отрасль", region: "Субъект РФ" };
const placeOf = (sheet, cell) => [sheet, cell].filter(Boolean).join("!");
const formName = form => form ? DATA.forms[form][0] : "";

// Totals by dimension, group, row and period.
const COUNTED = ["numbers", "dashes", "yes", "blank", "doubtful", "other", "absent"];
const COUNTS = [...COUNTED, "questioned"];
const MISSING = ["blank", "doubtful", "other", "absent"];
for (const table of DATA.tables) {
  table.known = new Map(table.totals.map(([dimension, group, row, when, amount, planned, ...counts]) => {
    const total = { table, dimension: DIMENSIONS[dimension], group: table.groups[DIMENSIONS[dimension]][group], row, when, amount: amount ?? null, planned: planned ?? null };
    COUNTS.forEach((name, i) => { total[name] = counts[i] || 0; });
    total.missing = MISSING.reduce((sum, name) => sum + total[name], 0);
    total.clusters = total.numbers + total.dashes + total.yes + total.missing;
    return [`${total.dimension}|${total.group}|${row}|${when}`, total];
  }));
}
const totalOf = (table, dimension, group, row, when) => table.known.get(`${dimension}|${group}|${row}|${when}`) || null;
const rowTitle = (table, row) => `${table.rows[row][0]}. ${table.rows[row][1]}`;

// A sum; «да: 5» where a state is counted; «х» for what is not added up; nothing where no figure came.
function amountSaid(total) {
  if (!total || !total.clusters) return "";
  if (total.yes && !total.numbers) return `да: ${total.yes}`;
  if (total.amount !== null) return said(total.amount);
  return total.numbers ? "х" : total.dashes ? "–" : "";
}

// The same with the sign of a sum that holds questionable figures.
const signed = (text, total) => total && total.questioned && (total.amount !== null || total.yes) ? `${text}?` : text;
const amountSigned = total => signed(amountSaid(total), total);
const questionedSaid = total => total.questioned ? `под вопросом: ${total.questioned}` : "";
