// The largest differences from the register and the most common findings.
function drawDifferences() {
  const rows = DIFFERENCES.filter(row => row.status !== "wording_differs"), chosen = { status: "", district: "" };
  const keep = drawTable(byId("differences-table"), {
    caption: plural(rows.length, "различие", "различия", "различий"), rows, order: [[6, "desc"]],
    columns: [clusterColumn, ...differenceColumns],
  });
  const choose = name => value => { chosen[name] = value; keep(row => (!chosen.status || row.status === chosen.status) && (!chosen.district || row.cluster.district === chosen.district)); };
  const every = [["", "все"]], place = byId("differences-controls");
  choice(place, "Что различается", every.concat(distinct(rows.map(row => row.status)).map(status => [status, DATA.statuses[status]])), choose("status"));
  choice(place, "Федеральный округ", every.concat(districtsOf(rows).map(name => [name, name])), choose("district"));
}

function drawFindings() {
  const rules = new Map();
  for (const one of FINDINGS) rules.set(`${one.severity}|${one.rule}`, (rules.get(`${one.severity}|${one.rule}`) || []).concat([one]));
  const rows = [...rules.values()].map(found => ({ rule: found[0].rule, severity: found[0].severity, found, files: new Set(found.map(one => one.file)).size }));
  drawTable(byId("findings-table"), {
    caption: plural(FINDINGS.length, "ошибка или предупреждение", "ошибки и предупреждения", "ошибок и предупреждений"), rows, order: [[3, "desc"]],
    columns: [{ title: "Правило", of: row => row.rule, name: "place" }, { title: "Что не так", of: row => DATA.rules[row.rule] || row.found[0].message, name: "name" },
      { title: "Важность", of: row => DATA.severities[row.severity], show: row => tag(DATA.severities[row.severity], TONES[row.severity]) },
      { title: "Замечаний", number: true, of: row => row.found.length, show: row => opener(NUMBER.format(row.found.length), () => openRule(row), "", `${row.rule}: ${row.found.length}, открыть`) },
      { title: "Книг", number: true, of: row => row.files },
      { title: "Например", of: row => row.found[0].message, show: row => `${placeOf(row.found[0].sheet, row.found[0].cell)} — ${row.found[0].message}`, name: "name" }],
  });
}

function openRule({ rule, found }) {
  openView(`${rule}. ${DATA.rules[rule] || ""}`, body => section(body, "Где это найдено", { rows: found, columns: [clusterColumn, ...findingColumns] }));
}
