// Tables that filter, sort and page. A column: title, of(row) for sorting and searching, show(row) for what is seen.
const WORDS = {
  search: "Поиск:", lengthLabels: { "-1": "все" }, lengthMenu: "Строк на странице: _MENU_", info: "Строки _START_–_END_ из _TOTAL_", infoEmpty: "Строк нет",
  infoFiltered: "(всего _MAX_)", zeroRecords: "Ничего не найдено", emptyTable: "Строк нет", thousands: "\u00a0", decimal: ",",
  entries: { _: "строк", 1: "строка" }, paginate: { first: "«", previous: "‹", next: "›", last: "»" },
  aria: { orderable: ": сортировать", orderableReverse: ": сортировать в обратном порядке", orderableRemove: ": снять сортировку",
    paginate: { first: "Первая страница", previous: "Предыдущая страница", next: "Следующая страница", last: "Последняя страница", number: "Страница " } },
};

function cell(column, row, type) {
  const value = column.of(row);
  if (type !== "display") return column.number ? (value ?? "") : String(value ?? "");
  const shown = column.show ? column.show(row) : said(value);
  return shown instanceof Node ? shown : document.createTextNode(shown);
}

// Fills `place`; returns how to filter it: by keep(row) → whether a row is shown; without it all rows are shown again.
function drawTable(place, { caption, columns, rows, order = [], size = 25, search = true }) {
  const element = make("table", {}, make("caption", {}, caption));
  place.replaceChildren(element);
  const paged = rows.length > size;
  const api = new DataTable(element, {
    data: rows, order, pageLength: size, paging: paged, info: paged, searching: true, autoWidth: false, language: WORDS,
    lengthMenu: [10, 25, 50, 100, -1],
    layout: { topStart: paged ? "pageLength" : null, topEnd: search && rows.length > 5 ? "search" : null, bottomStart: paged ? "info" : null, bottomEnd: paged ? "paging" : null },
    columns: columns.map(column => ({
      data: null, title: "", type: column.number ? "num" : "string-utf8", orderSequence: column.number ? ["desc", "asc"] : ["asc", "desc"],
      className: column.number ? "number" : column.name || "", render: (_, type, row) => cell(column, row, type),
    })),
    headerCallback: head => [...head.querySelectorAll(".dt-column-title")].forEach((title, i) => { title.textContent = columns[i].title; }),
  });
  [...element.querySelectorAll(".dt-column-order")].forEach((order, i) => order.setAttribute("aria-label", `${columns[i].title}: сортировать`));
  const pages = place.querySelector(".dt-paging nav");
  if (pages) pages.setAttribute("aria-label", `Страницы: ${caption}`);
  return keep => {
    api.search.fixed("controls", keep ? (_, row) => keep(row) : null);
    if (!keep) api.search("");
    api.draw();
  };
}

// A labelled choice; options are [value, text], or [group, [[value, text], …]].
function choice(place, label, options, changed, chosen) {
  const option = ([value, text]) => make("option", { value, selected: value === chosen }, text);
  const list = options.map(([value, text]) => Array.isArray(text) ? make("optgroup", { label: value }, ...text.map(option)) : option([value, text]));
  const select = make("select", {}, ...list);
  select.addEventListener("change", () => changed(select.value));
  place.append(make("label", {}, label, select));
  return select;
}

const distinct = list => [...new Set(list)].filter(Boolean);
const byName = new Intl.Collator("ru", { numeric: true }).compare;
const districtsOf = lines => Object.keys(DATA.districts).concat(DATA.unstated).filter(name => lines.some(line => line.cluster.district === name));
