
"use strict";
// The requests of this page, and the log of them. Nothing is asked of the API that is not in its document.

const PATIENCE = 5; // how often a request is sent again by itself where the API is busy
const LONGEST = 35_000; // milliseconds to wait for an answer; an API on Lambda has 29 seconds
const LOGGED = 100; // calls that the log keeps

const calls = { log: document.getElementById("calls"), rows: document.querySelector("#calls tbody") };

/**
 * The answer to a request: its status (0: there was none), value, ETag, problem, and for how many
 * seconds the API wants to be left alone. Never throws: no answer is an answer, too.
 */
async function send(method, path, { query, headers, body, signal } = {}) {
  const search = query && String(query) ? `?${query}` : "";
  const begun = performance.now();
  const answer = { method, path: path + search, at: new Date(), status: 0, headers: new Headers(), value: null };
  try {
    const response = await fetch(root + path + search, {
      method, body, cache: "no-store", signal: AbortSignal.any([AbortSignal.timeout(LONGEST), ...(signal ? [signal] : [])]),
      headers: { Accept: "application/json", ...headers, ...authorization() },
    });
    const text = await response.text();
    Object.assign(answer, { status: response.status, headers: response.headers, value: parsed(text) ?? null });
  } catch {
    answer.aborted = !!signal?.aborted;
  }
  answer.ms = Math.round(performance.now() - begun);
  answer.ok = (answer.status >= 200 && answer.status < 300) || answer.status === 304;
  answer.etag = answer.headers.get("ETag");
  answer.problem = answer.ok ? null : problemOf(answer);
  answer.wait = answer.ok ? 0 : Number(answer.headers.get("Retry-After"));
  if (!answer.aborted) logCall(answer);
  noteRefusal(answer.status, answer.problem?.code);
  return answer;
}

/**
 * The answer to a request that may be sent again; where the API is busy, after as long as it says.
 * `tries` of the answer is how often it was sent.
 */
async function sendPatiently(notice, method, path, given) {
  for (let tries = 1; ; tries += 1) {
    const answer = { ...(await send(method, path, given)), tries };
    if (!answer.wait || tries > PATIENCE || given?.signal?.aborted) return answer;
    if (!(await notice.wait(answer.wait, answer.problem.title))) return answer;
  }
}

function problemOf({ status, value }) {
  if (status === 0) {
    const detail = navigator.onLine ? "The API gave no answer." : "You are offline.";
    return { code: "no_answer", title: "No answer", detail, errors: [] };
  }
  const unknown = { code: "", title: `Error ${status}`, detail: "The answer is no problem document.", errors: [] };
  const told = { ...unknown, ...(typeof value === "object" ? value : null) };
  const errors = Array.isArray(told.errors) ? told.errors : [];
  return { ...told, errors: errors.filter((error) => error !== null && typeof error === "object") };
}

/** The answer as it is where it is a page that leads on from a cursor; otherwise as good as none. */
function asPage(answer, cursor) {
  const { items, next_cursor: next } = answer.value ?? {};
  const listed = Array.isArray(items) && items.every((item) => item !== null && typeof item === "object");
  const leads = next === null || (typeof next === "string" && next !== "" && next !== cursor);
  if (!answer.ok || (listed && leads)) return answer;
  const problem = { ...problemOf({ status: 0 }), detail: "What the API gave is no page of a list." };
  return { ...answer, ok: false, problem };
}

/* The log */

function logCall({ at, method, path, status, ms, headers }) {
  const id = headers.get("X-Request-Id") ?? "";
  const tone = status === 0 || status >= 500 ? "bad" : status >= 400 ? "warn" : "good";
  calls.rows.prepend(el("tr", {},
    el("td", {}, el("time", {}, at.toTimeString().slice(0, 8))),
    el("td", { class: method.toLowerCase() }, method),
    el("td", { class: "path", title: path }, path),
    el("td", { class: tone }, status || "none"),
    el("td", { class: "ms" }, `${ms} ms`),
    el("td", { class: "id" }, id)));
  while (calls.rows.children.length > LOGGED) calls.rows.lastChild.remove();
  const count = calls.log.querySelector(".count");
  count.textContent = Number(count.textContent) + 1;
  calls.log.querySelector(".last").replaceChildren(
    el("b", { class: method.toLowerCase() }, method), " ", el("span", { class: "path" }, path), " ",
    el("b", { class: tone }, status || "no answer"), " ", el("span", { class: "ms" }, `${ms} ms`), " ",
    el("span", { class: "id" }, id));
}

/* What is told above a list or a form */

/** A line for people, with what they can do about it. It is an alert: screen readers read it out. */
class Notice {
  constructor() {
    this.element = el("div", { class: "notice", role: "alert", hidden: true });
  }

  show(text, ...actions) {
    this.#settle?.(false);
    this.element.hidden = false;
    this.element.className = "notice";
    this.element.replaceChildren(el("p", {}, text), ...actions.filter(Boolean));
  }

  hide() {
    this.#settle?.(false);
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  #settle = null;

  /** Count down; false where somebody says stop, or something else is told meanwhile. */
  wait(seconds, why) {
    return new Promise((resolve) => {
      const until = Date.now() + seconds * 1000;
      const left = el("b", { "aria-hidden": "true" });
      const tick = () => {
        const rest = Math.ceil((until - Date.now()) / 1000);
        left.textContent = rest >= 60 ? `${Math.floor(rest / 60)} min ${rest % 60} s` : `${rest} s`;
        if (rest <= 0) settle(true);
      };
      const settle = (again) => {
        clearInterval(clock);
        this.#settle = null;
        this.hide();
        resolve(again);
      };
      const clock = setInterval(tick, 250);
      this.show(`${why}. It is sent again by itself. `,
        left, button("Now", () => settle(true)), button("Stop", () => settle(false)));
      this.element.classList.add("waiting");
      this.#settle = settle;
      tick();
    });
  }
}

function button(text, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, text);
}

/** What can be done about a problem: log in, or try again. */
function remedies(answer, again) {
  if (answer.status === 401 && offered) return [canLogIn() ? button("Log in", logIn, { class: "send" }) : null];
  const hopeless = answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status);
  return [hopeless ? null : button("Try again", again)];
}

/** A problem as a line: what happened, and where it can be found in the log. */
function sentence(answer) {
  const { title, detail } = answer.problem;
  if (answer.status === 401 && offered) return `${title}. ${canLogIn() ? "Please log in." : "Please give a token above."}`;
  return detail && detail !== title ? `${title}. ${detail}` : title;
}
