
"use strict";
// The form works without this; with it, the page stays, and the text with it whatever happens.

const told = JSON.parse(document.documentElement.dataset.told); // as contact.py says it
const form = document.querySelector("form");
const notice = document.getElementById("notice");
const button = form.querySelector("button");
const fields = ["name", "email", "message"].map((name) => form.elements[name]);

form.noValidate = true; // what is wrong is told beside each field, not in bubbles one by one
form.addEventListener("submit", submitted);
form.addEventListener("input", (event) => mark(event.target, ""));

async function submitted(event) {
  event.preventDefault();
  if (button.disabled) return;
  say("");
  const wrong = fields.filter((field) => mark(field, field.value.trim() ? "" : told.required));
  if (wrong.length) return refuse(wrong, told.invalid_body);
  button.disabled = true;
  button.textContent = "Sending…";
  try {
    show(await post());
  } catch {
    say(told.no_answer); // nobody knows: the connection may have broken behind the request
  }
  button.disabled = false;
  button.textContent = "Send";
}

async function post() {
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const response = await fetch(form.action, { method: "POST", headers, body });
  if (response.ok) return null;
  return { code: "other", errors: [], ...(await response.json().catch(() => ({}))), wait: response.headers.get("Retry-After") };
}

function show(problem) {
  if (!problem) {
    form.reset();
    form.hidden = true;
    const sent = document.getElementById("sent");
    sent.hidden = false;
    sent.querySelector("h2").focus();
    return;
  }
  const wrong = fields.filter((field) => {
    const error = problem.errors.find(({ pointer }) => pointer === `/${field.name}`);
    return mark(field, error ? filled(told[error.code === "invalid" ? field.name : error.code] ?? told.invalid, error.params) : "");
  });
  const minutes = Math.ceil((problem.wait ?? 60) / 60);
  const code = problem.code === "invalid_body" && !wrong.length ? "unmarked" : problem.code;
  refuse(wrong, filled(told[code] ?? told.other, { minutes: minutes === 1 ? "a minute" : `${minutes} minutes` }));
}

/** Tell what is wrong, and lead to the first field that is. */
function refuse(wrong, text) {
  say(text);
  (wrong[0] ?? button).focus();
}

function say(text) {
  notice.textContent = text;
}

/** Say of a field what is wrong with it, "" for nothing; gives whether something is. */
function mark(field, text) {
  const place = document.getElementById(`${field.name}-wrong`);
  if (!place) return false;
  place.textContent = text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return !!text;
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values?.[name] ?? whole);
}
