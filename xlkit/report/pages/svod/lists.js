// The largest differences from the register and the most common findings.
function drawDifferences() {
  const rows = DIFFERENCES.filter(row => row.status !== "wording_differs"), count = DATA.counts.differences, chosen = { status: "", district: "" };
  const keep = drawTable(byId("differences-table"), {
    caption: plural(count, "различие", "различия", "различий") + partOf(count, rows.length, "Сверка"), rows, order: [[6, "desc"]],
    columns: [clusterColumn, ...differenceColumns],
  });
  const choose = name => value => { chosen[name] = value; keep(row => (!chosen.status || row.status === chosen.status) && (!chosen.district || row.cluster.district === chosen.district)); };
  const every = [["", "все"]], place = byId("differences-controls");
  choice(place, "Что различается", every.concat(distinct(rows.map(row => row.status)).map(status => [status, DATA.statuses[status]])), choose("status"));
  choice(place, "Федеральный округ", every.concat(districtsOf(rows).map(name => [name, name])), choose("district"));
}

function drawFindings() {
  const shown = new Map(FOUND.map(one => [`${one.severity}|${one.rule}`, []]));
  for (const one of FINDINGS) shown.get(`${one.severity}|${one.rule}`).push(one);
  const rows = FOUND.map(one => ({ ...one, found: shown.get(`${one.severity}|${one.rule}`) }));
  drawTable(byId("findings-table"), {
    caption: plural(foundInAll, "ошибка или предупреждение", "ошибки и предупреждения", "ошибок и предупреждений"), rows, order: [[3, "desc"]],
    columns: [{ title: "Правило", of: row => row.rule, name: "place" }, { title: "Что не так", of: row => DATA.rules[row.rule] || row.found[0].message, name: "name" },
      { title: "Важность", of: row => DATA.severities[row.severity], show: row => tag(DATA.severities[row.severity], TONES[row.severity]) },
      { title: "Замечаний", number: true, of: row => row.count, show: row => opener(NUMBER.format(row.count), () => openRule(row), "", `${row.rule}: ${row.count}, открыть`) },
      { title: "Книг", number: true, of: row => row.files },
      { title: "Например", of: row => row.found[0].message, show: row => `${placeOf(row.found[0].sheet, row.found[0].cell)} — ${row.found[0].message}`, name: "name" }],
  });
}

function openRule({ rule, found, count }) {
  const part = partOf(count, found.length, "Замечания");
  openView(`${rule}. ${DATA.rules[rule] || ""}`, body => section(body, "Где это найдено", { rows: found, part, columns: [clusterColumn, ...findingColumns] }));
}
