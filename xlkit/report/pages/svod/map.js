// The regions as tiles, coloured by a measure.
const LIVE = line => ["accepted", "with_findings", "submitted_twice"].includes(line.standing);

function countBy(lines, amount) {
  const counts = new Map();
  for (const line of lines) counts.set(line.cluster.region, (counts.get(line.cluster.region) || 0) + amount(line));
  return counts;
}

function receivedShare() {
  const expected = INTAKE.filter(line => line.expected && COLOURS[line.standing]);
  const once = [...new Map(expected.map(line => [`${line.cluster.number}|${line.form}|${line.period}`, line])).values()];
  const all = countBy(once, () => 1), came = countBy(once, line => Number(line.standing !== "not_submitted"));
  return new Map([...all].map(([region, count]) => [region, Math.round(100 * came.get(region) / count)]));
}

const MEASURES = {
  received: ["Получено книг, % ожидаемых", receivedShare],
  clusters: ["Кластеров", () => countBy(CLUSTERS.map(cluster => ({ cluster })), () => 1)],
  errors: ["Ошибок в книгах", () => countBy(INTAKE.filter(LIVE), line => line.errors)],
  differences: ["Различий с реестром", () => countBy(INTAKE.filter(LIVE), line => line.differences)],
};

function measure(key, when) {
  if (MEASURES[key]) return { title: MEASURES[key][0], values: MEASURES[key][1](), open: openRegion };
  const [i, row] = key.split("|").map(Number), table = YEARLY[i];
  const totals = new Map(table.groups.region.map(region => [region, totalOf(table, "region", region, row, when)]).filter(([, total]) => total && (total.amount !== null || total.yes)));
  const values = new Map([...totals].map(([region, total]) => [region, total.amount ?? total.yes]));
  const open = region => totals.has(region) ? openTotal(totals.get(region)) : openRegion(region);
  return { title: `${rowTitle(table, row)}, ${table.rows[row][2] || "кластеров с «да»"}, ${table.periods[when]}`, values, open };
}

// Five steps with about as many regions each, fewer where there are fewer values.
function stepsOf(values) {
  const different = [...new Set(values)].sort((a, b) => a - b);
  if (different.length <= 5) return different.map((value, i) => ({ from: value, to: value, step: different.length === 1 ? 3 : Math.round(i * 4 / (different.length - 1)) }));
  const edges = [...new Set(d3.scaleQuantile(values, d3.range(5)).quantiles())];
  return [different[0], ...edges].map((from, i) => {
    const inside = different.filter(value => value >= from && (i === edges.length || value < edges[i]));
    return { from: inside[0], to: inside[inside.length - 1], step: i };
  }).filter(one => one.from !== undefined);
}

const SHORT = new Intl.NumberFormat("ru", { notation: "compact", maximumFractionDigits: 1 });
const compact = value => Math.abs(value) < 10000 ? said(value) : SHORT.format(value);

function drawMap() {
  const place = byId("map-controls"), chosen = { key: "received", when: YEARLY.length ? usualPeriod(YEARLY[0], 0) : 0 };
  const options = [["Приём и качество", Object.entries(MEASURES).map(([key, [title]]) => [key, title])]]
    .concat(YEARLY.map((table, i) => [table.title, rowOptions(table).map(([row, text]) => [`${i}|${row}`, text])]));
  const show = () => {
    const table = MEASURES[chosen.key] ? null : YEARLY[chosen.key.split("|")[0]];
    years.closest("label").hidden = !table;
    if (table) years.replaceChildren(...table.periods.map((text, when) => make("option", { value: when, selected: when === chosen.when }, text)));
    drawTiles(measure(chosen.key, chosen.when));
  };
  choice(place, "Что показать", options, value => {
    chosen.key = value;
    if (!MEASURES[value]) chosen.when = usualPeriod(YEARLY[value.split("|")[0]], Number(value.split("|")[1]));
    show();
  });
  const years = choice(place, "Год", [], value => { chosen.when = Number(value); show(); });
  show();
}

function drawTiles({ title, values, open }) {
  const steps = stepsOf([...values.values()]);
  const stepOf = value => steps.findLast(one => value >= one.from);
  const paint = (element, value) => {
    if (value === undefined) return element.classList.add("empty");
    const { step } = stepOf(value);
    element.style.background = `var(--s${step})`;
    element.style.color = `var(--t${step})`;
  };
  byId("map-tiles").replaceChildren(...DATA.tiles.map(([region, label, column, row]) => {
    const value = values.get(region), text = value === undefined ? "нет данных" : said(value);
    const tile = make("button", { type: "button", title: `${region}: ${text}`, "aria-label": `${region}: ${text}`, "data-region": region, onclick: () => open(region) },
      make("b", {}, label), value === undefined ? "–" : compact(value));
    tile.style.gridColumn = column + 1;
    tile.style.gridRow = row + 1;
    paint(tile, value);
    return tile;
  }));
  const swatch = value => { const mark = make("i"); paint(mark, value); return mark; };
  const range = ({ from, to }) => from === to ? said(from) : `${said(from)} – ${said(to)}`;
  const known = new Set(DATA.tiles.map(([region]) => region));
  const others = [...values].filter(([region]) => !known.has(region)).map(([region, value]) => `${region}: ${said(value)}`);
  byId("map-legend").replaceChildren(make("p", {}, title), make("ul", { class: "legend" }, ...steps.map(one => make("li", {}, swatch(one.from), range(one))), make("li", {}, swatch(undefined), "нет данных")),
    ...(others.length ? [make("p", { class: "quiet" }, `Вне карты — ${others.join("; ")}`)] : []));
  const rows = DATA.tiles.map(([region]) => ({ region, value: values.get(region) ?? null })).sort((a, b) => byName(a.region, b.region));
  drawTable(byId("map-table"), { caption: title, rows, order: [[1, "desc"]],
    columns: [{ title: "Субъект РФ", of: row => row.region, show: row => opener(row.region, () => open(row.region)) }, { title: "Значение", of: row => row.value, number: true }] });
}

function openRegion(region) {
  openView(region, body => {
    const rows = INTAKE.filter(line => line.cluster.region === region && line.cluster.number >= 0);
    if (!rows.length) return body.append(make("p", {}, "В реестре нет кластеров этого субъекта."));
    section(body, "Книги кластеров", { rows, columns: [clusterColumn, { title: "Отрасль", of: row => row.cluster.industry }, ...submissionColumns] });
  });
}
