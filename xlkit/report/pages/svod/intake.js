// Headline figures, and who has submitted what.
const chosenIntake = { standing: "", form: "", period: "", district: "", industry: "" };
let keepIntake = null;

function drawHeadline() {
  const tiles = [["expected", "ожидалось книг", "head", ""], ["accepted", "принято", "good", "accepted"], ["with_findings", "принято с замечаниями", "warn", "with_findings"],
    ["submitted_twice", "представлено дважды", "bad", "submitted_twice"], ["not_submitted", "не представлено", "none", "not_submitted"],
    ["refused", "файлов не принято", "bad", "refused"], ["late", "после срока", "bad", "late"], ["errors", "ошибок в книгах", "warn", "#findings"],
    ["warnings", "предупреждений", "warn", "#findings"], ["differences", "различий с реестром", "warn", "#differences"]];
  byId("headline").replaceChildren(...tiles.map(([name, caption, tone, target]) => {
    const go = () => target.startsWith("#") ? toSection(target.slice(1)) : (showAllIntake(), chooseIntake("standing", target), toSection("intake"));
    const button = make("button", { type: "button", onclick: go }, make("b", {}, NUMBER.format(DATA.counts[name])), caption);
    button.style.setProperty("--tone", `var(--${tone})`);
    return make("li", {}, button);
  }));
  const { counts } = DATA, remarks = [];
  if (counts.unexpected) remarks.push(`Сверх ожидаемого принято: ${plural(counts.unexpected, "книга", "книги", "книг")}.`);
  if (counts.repeat) remarks.push(`Повторов (те же значения): ${counts.repeat}.`);
  if (counts.superseded) remarks.push(`Заменено другой книгой того же кластера: ${counts.superseded}.`);
  if (counts.submitted_twice) remarks.push("Книги, представленные дважды с разными значениями, в суммы не входят, пока не выбрана одна.");
  byId("notes").replaceChildren(...remarks.concat(DATA.notes.map(note => `${note}.`)).map(note => make("li", {}, note)));
  byId("about").textContent = `Реестр: ${DATA.source}. Получено: ${plural(counts.files, "файл", "файла", "файлов")}.${DATA.folder ? ` Папка: ${DATA.folder}.` : ""}`;
}

function toSection(name) {
  byId(name).scrollIntoView();
  const heading = byId(`${name}-title`);
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
}

const intakeSelects = {};
function chooseIntake(name, value) {
  chosenIntake[name] = value;
  intakeSelects[name].value = value;
  keepIntake(line => Object.entries(chosenIntake).every(([key, wanted]) => !wanted || fitsIntake(line, key, wanted)));
}

function showAllIntake() {
  for (const name of Object.keys(chosenIntake)) { chosenIntake[name] = ""; intakeSelects[name].value = ""; }
  keepIntake(null);
}

function fitsIntake(line, key, wanted) {
  if (key === "standing") return wanted === "late" ? line.late : line.standing === wanted;
  return (key === "district" || key === "industry" ? line.cluster[key] : line[key]) === wanted;
}

function drawIntake() {
  const place = byId("intake-controls"), every = [["", "все"]];
  const standings = Object.entries(DATA.standings).filter(([key]) => INTAKE.some(line => line.standing === key));
  const lists = {
    standing: ["Приём", standings.concat(INTAKE.some(line => line.late) ? [["late", "после срока"]] : [])],
    form: ["Форма", Object.entries(DATA.forms).map(([form, [name]]) => [form, name])],
    period: ["Период", distinct(INTAKE.map(line => line.period)).sort(byName).map(name => [name, name])],
    district: ["Федеральный округ", districtsOf(INTAKE).map(name => [name, name])],
    industry: ["Отрасль", distinct(INTAKE.map(line => line.cluster.industry)).sort(byName).map(name => [name, name])],
  };
  keepIntake = drawTable(byId("intake-table"), {
    caption: "Строка на каждую ожидаемую книгу и на каждый полученный файл", rows: INTAKE,
    columns: [clusterColumn, regionColumn, ...submissionColumns],
  });
  for (const [name, [label, options]] of Object.entries(lists)) {
    intakeSelects[name] = choice(place, label, every.concat(options), value => chooseIntake(name, value));
    if (name === "standing") intakeSelects[name].append(...["refused", "late", "submitted_twice", "not_submitted", "accepted", "with_findings"]
      .filter(key => ![...intakeSelects[name].options].some(one => one.value === key)).map(key => make("option", { value: key, hidden: true }, DATA.standings[key] || "после срока")));
  }
  place.append(make("button", { type: "button", onclick: showAllIntake }, "Показать все"));
  const expected = INTAKE.filter(line => line.expected && COLOURS[line.standing]);
  const once = [...new Map(expected.map(line => [`${line.cluster.number}|${line.form}|${line.period}`, line])).values()];
  drawn(() => stackedIntake(byId("intake-chart"), once));
}
