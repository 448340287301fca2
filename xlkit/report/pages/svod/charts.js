// Charts as SVG in the colours of the page, so that both themes and paper need no other drawing.
const widthOf = place => Math.max(560, Math.min(place.clientWidth || 960, 1320));
const cut = (text, length) => text.length > length ? text.slice(0, length - 1).trimEnd() + "…" : text;

function bars(place, { rows, label, unit, about, open, rule, digits }) {
  if (!rows.length) return place.replaceChildren(make("p", { class: "quiet" }, "Показать нечего."));
  const shown = row => signed(digits === undefined ? NUMBER.format(row.value) : `${row.value.toFixed(digits).replace(".", ",")} %`, row.total);
  const longest = Math.max(...rows.map(row => cut(row.label, 44).length));
  const figure = Plot.plot({
    width: widthOf(place), height: rows.length * 24 + 64, marginBottom: 42, marginLeft: longest * 7.2 + 16, marginRight: 90, ariaLabel: about,
    style: { fontSize: "13px" },
    x: { label: unit, labelOffset: 38, labelArrow: "none", grid: true, tickFormat: value => NUMBER.format(value), ticks: 6, nice: true },
    y: { label: null, domain: rows.map(row => row.label), tickFormat: text => cut(text, 44), tickSize: 0 },
    marks: [
      Plot.barX(rows, { x: "value", y: "label", fill: "var(--bar)", insetTop: 3, insetBottom: 3 }),
      Plot.text(rows, { x: "value", y: "label", text: shown, textAnchor: "start", dx: 5, fill: "currentColor" }),
      Plot.ruleX(rule === undefined ? [0] : [0, rule], { stroke: "currentColor" }),
    ],
  });
  clickable(figure, rows, open);
  figure.setAttribute("role", "img");
  place.replaceChildren(figure);
}

// A bar opens what it shows; by keyboard the same stands in the table below.
function clickable(figure, rows, open) {
  if (!open) return;
  for (const bar of figure.querySelectorAll('g[aria-label="bar"] rect')) {
    bar.setAttribute("data-opens", "");
    bar.addEventListener("click", () => open(rows[bar.__data__]));
  }
}

function stackedIntake(place, lines) {
  const standings = Object.keys(COLOURS);
  const names = districtsOf(lines);
  const rows = names.flatMap(name => standings.map(standing => ({
    district: DATA.districts[name] || name, standing, count: lines.filter(line => line.cluster.district === name && line.standing === standing).length,
  }))).filter(row => row.count);
  if (!rows.length) return place.replaceChildren(make("p", { class: "quiet" }, "Реестр ничего не ожидает."));
  const most = Math.max(...d3.rollup(rows, own => d3.sum(own, row => row.count), row => row.district).values());
  const figure = Plot.plot({
    width: widthOf(place), height: names.length * 28 + 64, marginBottom: 42, marginLeft: 90, ariaLabel: "Приём книг по федеральным округам",
    style: { fontSize: "13px" }, x: { label: "книг", labelOffset: 38, labelArrow: "none", grid: true, ticks: most < 10 ? d3.range(most + 1) : 10, tickFormat: value => NUMBER.format(value) }, y: { label: null, domain: names.map(name => DATA.districts[name] || name), tickSize: 0 },
    color: { type: "ordinal", domain: standings, range: standings.map(standing => COLOURS[standing]) },
    marks: [
      Plot.barX(rows, { x: "count", y: "district", fill: "standing", order: standings, insetTop: 3, insetBottom: 3, stroke: "var(--card)", title: row => `${DATA.standings[row.standing]}: ${row.count}` }),
      Plot.ruleX([0], { stroke: "currentColor" }),
    ],
  });
  figure.setAttribute("role", "img");
  const swatch = standing => { const mark = make("i"); mark.style.background = COLOURS[standing]; return mark; };
  place.replaceChildren(make("ul", { class: "legend" }, ...standings.map(standing => make("li", {}, swatch(standing), DATA.standings[standing]))), figure);
}

const redraws = [];
// Draws now, and again when the window's width has changed.
function drawn(draw) { redraws.push(draw); draw(); return draw; }
