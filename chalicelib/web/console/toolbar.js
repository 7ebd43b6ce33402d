
"use strict";
// What stands above a list: search by whatever the document offers as a filter, order, and what is new.

function toolbarOf(list) {
  const { resource, search } = list;
  return el("div", { class: "toolbar" },
    resource.filters.length ? searchForm(resource, search) : "",
    resource.sorts.length ? sortField(resource, search) : "",
    el("div", { class: "right" }, list.count,
      button("↻", () => show({ again: true }), { class: "reload", "aria-label": "Reload", title: "Reload (r)", "aria-keyshortcuts": "r", "data-stay": "reload" }),
      resource.creating ? el("a", { class: "send", href: addressOf(resource, { fresh: true, search }), "aria-keyshortcuts": "n" }, `New ${resource.one}`) : ""));
}

/** One filter at a time: the document does not say which may go together. */
function searchForm(resource, search) {
  const form = el("form", { class: "search", role: "search", "aria-label": `Search ${resource.name}` });
  const place = el("span", { class: "wanted" });
  const pick = el("select", { "aria-label": "Search by" }, ...resource.filters.map(({ name, label }) => el("option", { value: name }, label)));
  pick.value = (resource.filters.find(({ name }) => search.has(name)) ?? resource.filters[0]).name;
  const fill = () => place.replaceChildren(filterField(resource.filters.find(({ name }) => name === pick.value), search));
  pick.addEventListener("change", fill);
  fill();
  form.append(pick, place, el("button", { "data-stay": "search" }, "Search"));
  if (resource.filters.some(({ name }) => search.has(name))) {
    form.append(button("×", () => go(addressOf(resource)), { "aria-label": "Show all", title: "Show all", "data-stay": "wanted" }));
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { kind, name } = resource.filters.find((filter) => filter.name === pick.value);
    const text = form.elements.wanted.value.trim();
    const asked = new URLSearchParams();
    for (const part of kind === "lines" ? text.split(/[\s,]+/) : [text]) if (part) asked.append(name, part);
    go(addressOf(resource, { search: asked }));
  });
  return form;
}

function filterField({ name, label, kind, choices, schema }, search) {
  const about = { name: "wanted", "aria-label": label, "data-stay": "wanted", "aria-keyshortcuts": "/" };
  const options = choices ?? (kind === "boolean" ? ["true", "false"] : null);
  const field = options
    ? el("select", about, el("option", { value: "" }, "any"), ...options.map((choice) => el("option", {}, choice)))
    : el("input", {
        ...about, type: "search", autocomplete: "off", autocapitalize: "none", spellcheck: "false", dir: "auto",
        inputmode: schema.format?.endsWith("email") ? "email" : null,
        placeholder: kind === "lines" ? "Exact, or several" : `Exact ${label.toLowerCase()}`,
      });
  field.value = search.getAll(name).join(" ");
  return field;
}

function sortField(resource, search) {
  const label = (sort) => `${labelOf(sort.replace(/^-/, ""))} ${sort.startsWith("-") ? "↓" : "↑"}`;
  const field = el("select", { "aria-label": "Order", "data-stay": "sort", onchange: () => {
    go(addressOf(resource, { search: withValue(search, "sort", field.value) }));
  } }, el("option", { value: "" }, "As stored"), ...resource.sorts.map((sort) => el("option", { value: sort }, label(sort))));
  field.value = search.get("sort") ?? "";
  return el("label", { class: "order" }, el("span", {}, "Order"), field);
}
