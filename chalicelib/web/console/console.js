
"use strict";
// What is on show: the address names it. /console/users is a list, /console/users/ada one of it, and
// /console/users#new a form; the query is the list's own filter and order.

const narrow = matchMedia("(max-width: 60rem)"); // as in style.css
const title = document.title;
let resources = [];
let list = null;
let position = history.state?.at ?? 0; // of the address on show, in this tab's history
let returning = null; // told when the address is what it was

start();

async function start() {
  await startLogin();
  networked();
  history.replaceState({ at: position }, "");
  const notice = new Notice();
  at("main").replaceChildren(notice.element);
  const answer = await sendPatiently(notice, "GET", "/openapi.json");
  if (!answer.ok) return notice.show(`openapi.json could not be read. ${sentence(answer)}`, button("Try again", start));
  resources = resourcesOf(answer.value);
  at("resources").replaceChildren(...resources.map((resource) => el("a", { href: addressOf(resource) }, labelOf(resource.name))));
  show();
}

/* Addresses */

function addressOf(resource, { key, search, fresh } = {}) {
  const query = search && String(search) ? `?${search}` : "";
  return `${root}/console${resource.path}${key === undefined ? "" : `/${encodeURIComponent(key)}`}${query}${fresh ? "#new" : ""}`;
}

/** What the address names: a resource, the key of an item (null: a new one, undefined: none), a query. */
function named() {
  const path = location.pathname.slice(`${root}/console`.length).replace(/\/$/, "");
  const resource = resources.find((one) => path === one.path || path.startsWith(`${one.path}/`)) ?? (path ? null : resources[0]);
  const rest = resource && path.slice(resource.path.length + 1);
  const key = rest ? decoded(rest) : location.hash === "#new" && resource?.creating ? null : undefined;
  return { resource, key, search: new URLSearchParams(location.search) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no key, so none is found
  }
}

function withValue(search, name, value) {
  const changed = new URLSearchParams(search);
  if (value) changed.set(name, value);
  else changed.delete(name);
  return changed;
}

function shownKey() {
  return panel.element.hidden ? undefined : panel.key;
}

/** Show what the address names; `again`: with the list read anew. */
function show({ again = false } = {}) {
  const { resource, key, search } = named();
  if (!resource) return lost();
  const stay = document.activeElement?.dataset.stay;
  if (again || list?.resource !== resource || String(list.search) !== String(search)) {
    list?.end();
    list = new List(resource, search);
    at("main").replaceChildren(list.element);
    if (stay) list.element.querySelector(`[data-stay="${stay}"]`)?.focus();
  }
  for (const link of at("resources").children) {
    current(link, link.textContent === labelOf(resource.name));
  }
  showPanel(resource, key);
  list.mark(key);
  titled();
}

function showPanel(resource, key) {
  const open = !panel.element.hidden;
  const had = panel.key;
  if (key === undefined) {
    closePanel();
    covered();
    if (open) list.focus(had);
  } else if (!open || panel.resource !== resource || had !== key) {
    closePanel();
    openPanel(resource, key);
    covered();
  }
}

/** On a narrow page the item covers the list, which then is out of reach for keys, too. */
function covered() {
  at("main").inert = narrow.matches && !panel.element.hidden;
}

function lost() {
  list?.end();
  list = null;
  closePanel();
  at("main").replaceChildren(el("div", { class: "foot" }, el("p", { class: "none" }, resources.length ? "There is nothing of this name." : "This API keeps no lists."),
    ...resources.map((resource) => el("a", { href: addressOf(resource) }, labelOf(resource.name)))));
}

function titled() {
  const { resource, key } = named();
  const what = key === undefined ? [] : [panel.heading?.textContent];
  document.title = [...what, resource && labelOf(resource.name), title].filter(Boolean).join(" · ");
  panel.element.classList.toggle("unsaved", unsaved());
}

/* Going from one to another */

function unsaved() {
  return !!panel.form?.touched;
}

/** Whether what is on show may go: nothing is unsaved, or it is given up. */
async function mayLeave() {
  if (!unsaved()) return true;
  if (!(await asks("Leave without saving?", "What you typed is not saved.", "Leave", "Stay"))) return false;
  panel.form?.discard();
  return true;
}

async function go(address, { replace = false } = {}) {
  if (!(await mayLeave())) return;
  if (!replace) position += 1;
  history[replace ? "replaceState" : "pushState"]({ at: position }, "", address);
  show();
}

addEventListener("popstate", async ({ state }) => {
  if (returning) return returning();
  const to = state?.at ?? position + 1; // an address that was typed has none
  if (!state) history.replaceState({ at: to }, "");
  if (unsaved() && to !== position) {
    const by = to - position;
    const returned = new Promise((resolve) => { returning = resolve; });
    history.go(-by); // nobody can hold a browser back: so back again, and then ask
    await returned;
    returning = null;
    if (await mayLeave()) history.go(by);
    return;
  }
  position = to;
  show();
});

addEventListener("beforeunload", (event) => {
  if (unsaved() && !kept.get("login")) event.preventDefault(); // who logs in finds it again
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]") ?? (getSelection().isCollapsed && event.target.closest("tbody tr")?.querySelector("a[href]"));
  const inside = link?.href.startsWith(`${location.origin}${root}/console/`);
  if (!inside || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.href);
});

narrow.addEventListener("change", covered);
