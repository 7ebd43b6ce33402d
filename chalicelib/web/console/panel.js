
"use strict";
// The item beside the list: its form, what the server keeps of it, and its end.

const panel = { element: document.getElementById("panel"), form: null, key: null, resource: null };

/** Show the item of a key, or the form of a new one (key null). */
function openPanel(resource, key) {
  const known = key === null ? null : list.items.find((item) => String(item[resource.key]) === key);
  Object.assign(panel, { resource, key, form: null, notice: new Notice(), fresh: key === null });
  panel.element.hidden = false;
  panel.heading = el("h2", { tabindex: -1, dir: "auto" }, key === null ? `New ${resource.one}` : known ? resource.title(known) : key);
  panel.body = el("div", { class: "inside" });
  panel.element.replaceChildren(
    el("div", { class: "top" }, panel.heading, button("×", () => leavePanel(), { class: "close", "aria-label": "Close", title: "Close (Esc)", "aria-keyshortcuts": "Escape" })),
    panel.notice.element, panel.body);
  panel.again = () => readItem(resource, key);
  panel.heading.focus({ preventScroll: true });
  if (key === null) fillPanel(null, null);
  else if (known) fillPanel(known, `"${known.etag}"`);
  else panel.body.append(...Array.from({ length: 4 }, () => el("span", { class: "bone tall" })));
  if (key !== null) readItem(resource, key);
}

function closePanel() {
  panel.form?.notice.hide();
  Object.assign(panel, { form: null, key: null, resource: null, again: null, fresh: false });
  panel.element.hidden = true;
  panel.element.classList.remove("wide");
  panel.element.replaceChildren();
}

function leavePanel() {
  go(addressOf(panel.resource, { search: list.search }));
}

/** The item as it now is: a list may be older. What somebody has begun to change stays as it is. */
async function readItem(resource, key) {
  panel.notice.hide();
  const notice = panel.notice;
  const answer = await sendPatiently(notice, "GET", resource.pathOf(key));
  if (panel.notice !== notice) return; // another one is on show meanwhile
  if (answer.ok) {
    if (panel.form?.touched || panel.form?.sending) return;
    if (panel.form && panel.form.etag === answer.etag) return;
    return fillPanel(answer.value, answer.etag);
  }
  const gone = answer.status === 404;
  if (gone) list.drop(key);
  if (gone && !panel.form?.touched) panel.body.replaceChildren();
  notice.show(gone ? `There is no ${resource.one} with this ${labelOf(resource.key).toLowerCase()}, or no longer.` : sentence(answer),
    ...(gone ? [] : remedies(answer, panel.again)));
}

function fillPanel(item, etag) {
  const { resource } = panel;
  const within = panel.body.contains(document.activeElement);
  panel.form = new ItemForm(resource, item, etag, {
    saved: savedItem, conflict: showConflict, merged: saveMerged, anew: createAnew, typed: () => titled(),
  });
  if (item) {
    panel.heading.textContent = resource.title(item);
    if (resource.deletes) panel.form.actions.append(button("Delete…", () => deleteItem(), { class: "danger" }));
  }
  panel.facts = item ? factsOf(item) : "";
  panel.body.replaceChildren(panel.form.element, panel.facts);
  if (within || panel.fresh) panel.body.querySelector("input, select, textarea")?.focus();
  titled();
}

/** What nobody changes by hand. */
function factsOf(item) {
  const { resource } = panel;
  const changed = new Set((resource.changing ?? []).map(({ name }) => name));
  const facts = resource.members.filter(({ name }) => !changed.has(name));
  return el("dl", { class: "facts" }, ...facts.flatMap((member) => [
    el("dt", {}, member.label), el("dd", { class: member.kind }, cellOf(member, item[member.name]))]),
    el("dt", {}, "ETag"), el("dd", { class: "line" }, item.etag ?? "–"));
}

function savedItem(item, etag, { fresh, before }) {
  const { resource } = panel;
  list.put(item);
  const key = String(item[resource.key]);
  tell(fresh ? `Created${before ? ", when it was sent before" : ""}.` : before ? "It had been saved already." : "Saved.");
  if (fresh) return go(addressOf(resource, { key, search: list.search }), { replace: true });
  panel.element.classList.remove("wide");
  panel.heading.textContent = resource.title(item);
  const facts = factsOf(item);
  panel.facts.replaceWith(facts);
  panel.facts = facts;
  titled();
}

/* A change that comes too late */

function showConflict(form, current, etag) {
  list.put(current);
  const back = () => showForm(form);
  const conflict = new Conflict(form, current, etag, back);
  panel.element.classList.add("wide");
  panel.body.replaceChildren(conflict.element);
  conflict.element.querySelector("h3").focus();
}

function showForm(form) {
  panel.element.classList.remove("wide");
  panel.body.replaceChildren(form.element, panel.facts);
  form.controls[0]?.input.focus();
}

/** Save what was chosen; where nothing of it differs from what is kept, there is nothing to save. */
function saveMerged(form, current, etag, values) {
  form.rebase(current, etag, values);
  showForm(form);
  if (form.touched) return form.save();
  form.discard();
  savedItem(current, etag, { fresh: false });
  tell("Nothing of yours is left to save.");
}

/** What was typed for an item that is gone becomes the form of a new one. */
function createAnew(form) {
  const texts = form.controls.map(({ member, text }) => [member.name, text]);
  sessionStorage.setItem(`draft ${root}${form.resource.path}`, JSON.stringify({ texts }));
  form.discard();
  go(addressOf(form.resource, { fresh: true, search: list.search }));
}

/* The end of an item */

async function deleteItem() {
  const { resource, form, key } = panel;
  let { item, etag } = form;
  let more = "It cannot be had back.";
  while (await asks(`Delete ${resource.title(item)}?`, more, "Delete", "Keep", "danger")) {
    const headers = etag ? { "If-Match": etag } : {};
    const answer = await sendPatiently(form.notice, "DELETE", resource.pathOf(key), { headers });
    if (answer.ok || answer.status === 404) {
      form.discard();
      list.drop(item[resource.key]);
      tell(answer.ok ? "Deleted." : "It was deleted already.");
      return leavePanel();
    }
    if (answer.status !== 412 || !answer.problem.current) {
      return form.notice.show(sentence(answer), ...remedies(answer, () => deleteItem()));
    }
    const now = answer.problem.current;
    const changes = resource.members.filter(({ name, kind }) => kind !== "time" && !alike(now[name], item[name]));
    more = `It was changed meanwhile: ${changes.map((member) => `${member.label} is now ${textOf(member, now[member.name]) || "nothing"}`).join("; ")}.`;
    [item, etag] = [now, answer.etag];
    list.put(now);
    if (!form.touched) form.begin(now, etag);
  }
}
