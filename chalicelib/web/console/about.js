
"use strict";
// What the page says by itself: lines for all, questions, keys, and whether there is a network.

const root = document.documentElement.dataset.root; // the path before the API, such as /dev
const at = (id) => document.getElementById(id);

/** Tell screen readers, and nobody else. */
function say(text) {
  at("said").textContent = text;
}

/** Tell everybody, for a moment. */
function tell(text) {
  say(text);
  at("told").textContent = text;
  at("told").classList.remove("gone");
  clearTimeout(tell.clock);
  tell.clock = setTimeout(() => at("told").classList.add("gone"), 4000);
}

function current(link, is) {
  if (is) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** Ask, in a dialog; whether the answer is yes. Escape is no. */
function asks(question, more, yes, no, tone = "send") {
  return new Promise((resolve) => {
    const dialog = el("dialog", { "aria-labelledby": "question", "aria-describedby": "more", onclose: () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    } },
    el("h2", { id: "question", dir: "auto" }, question), el("p", { id: "more" }, more),
    el("div", { class: "actions" },
      button(no, () => dialog.close("no"), { autofocus: true }), button(yes, () => dialog.close("yes"), { class: tone })));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/* Keys */

const KEYS = [
  ["/", "Search", () => list?.element.querySelector("[data-stay=wanted]")?.focus()],
  ["n", "Create", () => list?.resource.creating && go(addressOf(list.resource, { fresh: true, search: list.search }))],
  ["j", "Next row", () => list?.rows.focus(list.rows.active + (list.body.contains(document.activeElement) ? 1 : 0))],
  ["k", "Row before", () => list?.rows.focus(list.rows.active - 1)],
  ["r", "Read the list anew", () => list && show({ again: true })],
  ["l", "Log of calls", () => { calls.log.open = !calls.log.open; calls.log.querySelector("summary").focus(); }],
  ["?", "This list of keys", () => at("keys").showModal()],
];
const MORE_KEYS = [
  ["↑ ↓ Page Home End", "Move in the list"], ["Enter", "Open the row"], ["Esc", "Close the item"], ["Ctrl Enter", "Save"],
];
const OFF = `console keys ${root}`; // where it is kept that somebody wants none

at("keys").querySelector("dl").append(...[...KEYS, ...MORE_KEYS].flatMap(([key, what]) => [
  el("dt", {}, ...key.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, what)]));
at("single").checked = localStorage.getItem(OFF) === null;
at("single").addEventListener("change", ({ target }) => (target.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "off")));
at("help").addEventListener("click", () => at("keys").showModal());
at("keys").querySelector("button").addEventListener("click", () => at("keys").close());

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.defaultPrevented || event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Escape" && !panel.element.hidden) return leavePanel();
  if (command && (event.key === "Enter" || event.key === "s") && panel.form) {
    event.preventDefault();
    return panel.body.querySelector("form")?.requestSubmit();
  }
  const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if (command || event.altKey || typing || !at("single").checked) return;
  const found = KEYS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
});

/* The network, and the login */

function networked() {
  at("offline").hidden = navigator.onLine;
  if (navigator.onLine && list?.failed) list.more();
}

addEventListener("online", networked);
addEventListener("offline", networked);
addEventListener("login", () => {
  if (list && !list.items.length) list.more();
  panel.again?.();
});
