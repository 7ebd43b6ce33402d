
"use strict";
// A list: its items as far as they were read, and the table that shows them.

const PAGE = 100; // items that one request asks for
const SOON = "600px"; // before the end of what is there, the next page is asked for

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

class List {
  /** `search` is the query of the page's address: a filter, an order, or none. */
  constructor(resource, search) {
    Object.assign(this, { resource, search, items: [], cursor: null, ended: false, busy: false });
    this.fresh = new Set(); // keys of what was made or changed here
    this.stopped = new AbortController();
    this.notice = new Notice();
    this.body = el("tbody", { role: "rowgroup" });
    this.foot = el("div", { class: "foot" });
    this.table = el("table", { role: "table", "aria-label": resource.name, "aria-rowcount": -1 }, this.#head(), this.body);
    this.scroller = el("div", { class: "scroller" }, this.table, this.foot);
    this.count = el("p", { class: "count" });
    this.element = el("div", { class: "list" }, toolbarOf(this), this.notice.element, this.scroller);
    this.rows = new Rows(this.scroller, this.body, (index) => this.#row(index), () => this.more());
    this.watcher = new IntersectionObserver(([seen]) => { if (seen.isIntersecting) this.more(); },
      { root: this.scroller, rootMargin: SOON });
    this.#skeleton();
    this.more();
  }

  end() {
    this.stopped.abort();
    this.notice.hide();
    this.watcher.disconnect();
    this.rows.end();
  }

  get filtered() {
    return this.resource.filters.some(({ name }) => this.search.has(name));
  }

  /** Read the next page, if there is one, and nobody has asked for it yet. */
  async more() {
    if (this.busy || this.ended) return;
    this.busy = true;
    this.failed = false;
    this.watcher.unobserve(this.foot);
    this.notice.hide();
    this.#tell(el("p", {}, "Reading…"));
    const given = { query: this.#query(), signal: this.stopped.signal };
    const answer = asPage(await sendPatiently(this.notice, "GET", this.resource.path, given), this.cursor);
    this.busy = false;
    if (answer.aborted) return;
    if (!answer.ok) return this.#fail(answer);
    this.#take(answer.value);
  }

  /** The item of this key as it now is; one that is new stands first. */
  put(item) {
    const key = item[this.resource.key];
    this.fresh.add(key);
    const index = this.#indexOf(key);
    if (index < 0) this.items.unshift(item);
    else this.items[index] = item;
    this.#shown();
    this.rows.redraw();
  }

  /** It is no more. */
  drop(key) {
    const index = this.#indexOf(key);
    if (index < 0) return;
    this.items.splice(index, 1);
    this.#shown();
    this.rows.redraw();
  }

  /** Lead to the row of a key, or to where the keyboard was last. */
  focus(key) {
    const index = this.#indexOf(key);
    this.rows.focus(index < 0 ? this.rows.active : index);
  }

  mark(key) {
    for (const row of this.rows.shown.values()) {
      current(row.querySelector("a"), row.dataset.key === key);
    }
  }

  #indexOf(key) {
    return this.items.findIndex((item) => item[this.resource.key] === key);
  }

  #query() {
    const query = new URLSearchParams(this.search);
    // What fetches by key takes no limit: it has an end of its own.
    if (this.resource.limited && !this.filtered) query.set("limit", PAGE);
    if (this.cursor) query.set("cursor", this.cursor);
    return query;
  }

  #take({ items, next_cursor: next }) {
    const known = new Set(this.items.map((item) => item[this.resource.key]));
    this.items.push(...items.filter((item) => !known.has(item[this.resource.key])));
    this.cursor = next;
    this.ended = next === null;
    this.#shown();
    const count = this.items.length.toLocaleString();
    say(this.ended ? `${count} ${this.resource.name}, which is all.` : `${count} ${this.resource.name} so far.`);
    if (!this.ended) this.watcher.observe(this.foot); // once more, and where the foot is in sight, at once
  }

  #shown() {
    const count = this.items.length;
    for (const bones of this.body.querySelectorAll(".bones")) bones.remove();
    this.table.removeAttribute("aria-busy");
    this.table.setAttribute("aria-rowcount", this.ended ? count + 1 : -1);
    this.count.textContent = count || this.ended ? `${count.toLocaleString()}${this.ended ? "" : "+"}` : "";
    this.count.title = this.ended ? "That is all." : "There are more: scroll on.";
    this.rows.grow(count);
    this.table.hidden = !count;
    if (this.busy) return;
    if (!count && this.ended) return this.#tell(...this.#none());
    if (this.ended) return this.#tell(el("p", {}, `That is all: ${count.toLocaleString()}.`));
    this.#tell(button("Read more", () => this.more()));
  }

  #tell(...nodes) {
    const had = this.foot.contains(document.activeElement);
    this.foot.replaceChildren(...nodes);
    if (had) (this.foot.querySelector("button") ?? this.scroller.querySelector("tbody a[tabindex='0']"))?.focus();
  }

  #fail(answer) {
    this.failed = true;
    this.#shown();
    const [wrong] = answer.problem.errors;
    this.notice.show(wrong ? `${answer.problem.title}: ${wrong.parameter ?? ""}. ${wrong.detail}` : sentence(answer),
      ...remedies(answer, () => this.more()),
      wrong && String(this.search) && button("Show all", () => go(addressOf(this.resource))));
    if (!this.items.length) this.#tell(); // the notice says all
  }

  #none() {
    const { creating, one } = this.resource;
    if (this.filtered) return [el("p", { class: "none" }, `No ${one} has this.`), button("Show all", () => go(addressOf(this.resource)))];
    return [el("p", { class: "none" }, `There are no ${this.resource.name} yet.`),
      creating ? el("a", { class: "send", href: addressOf(this.resource, { fresh: true }) }, `Create the first ${one}`) : ""];
  }

  #head() {
    const sort = this.search.get("sort") ?? "";
    const cells = this.resource.columns.map((member) => {
      const { name, label } = member;
      const about = { role: "columnheader", scope: "col", class: classOf(this.resource, member) };
      if (!this.resource.sorts.includes(name)) return el("th", about, label);
      const [to, state, arrow] = sort === name ? [`-${name}`, "ascending", " ↑"] : sort === `-${name}` ? ["", "descending", " ↓"] : [name, "none", ""];
      return el("th", { ...about, "aria-sort": state },
        button(label + arrow, () => go(addressOf(this.resource, { search: withValue(this.search, "sort", to) })), { "data-stay": `sort-${name}` }));
    });
    return el("thead", { role: "rowgroup" }, el("tr", { role: "row", "aria-rowindex": 1 }, ...cells));
  }

  #row(index) {
    const { resource } = this;
    const item = this.items[index];
    const key = String(item[resource.key]);
    const link = el("a", { href: addressOf(resource, { key, search: this.search }), "aria-current": shownKey() === key ? "true" : null });
    const cells = resource.columns.map((member, place) => {
      const value = place ? cellOf(member, item[member.name]) : (link.append(resource.title(item) || "–"), link);
      return el("td", { role: "cell", dir: "auto", class: classOf(resource, member) }, value);
    });
    return el("tr", { role: "row", "aria-rowindex": index + 2, "data-key": key, class: this.fresh.has(item[resource.key]) ? "fresh" : null }, ...cells);
  }

  #skeleton() {
    this.table.setAttribute("aria-busy", "true");
    const cells = () => this.resource.columns.map((member) => el("td", { class: classOf(this.resource, member) }, el("span", { class: "bone" })));
    this.body.append(...Array.from({ length: 12 }, () => el("tr", { class: "bones", "aria-hidden": "true" }, ...cells())));
  }
}

/** How wide a column is, and where it stands on a phone, which has three of them. */
function classOf(resource, { name, kind }) {
  const small = resource.columns.filter((one) => one.name !== resource.key);
  const third = small.find((one) => one.name === "created_at") ?? small[2];
  const place = name === resource.named ? "first" : name === small[1]?.name ? "second" : name === third?.name ? "third" : "";
  return `${name === resource.key && place !== "first" ? "key" : kind} ${place}`;
}

/** What stands in a cell: short, and on one line. */
function cellOf({ kind }, value) {
  if (value === null || value === undefined || value === "") return el("span", { class: "nothing" }, "–");
  if (kind === "time") {
    const time = new Date(value);
    return Number.isNaN(time.valueOf()) ? String(value) : el("time", { datetime: value, title: value }, day.format(time), el("span", { class: "clock" }, ` ${clock.format(time)}`));
  }
  const text = typeof value === "object" ? written(value) : String(value);
  return el("span", { title: text.length > 24 ? text : null }, text);
}
