
"use strict";
// The form is made from openapi.json, so a new resource appears by itself.
// Whatever came from a server goes into the page as text, never as HTML.

const root = document.documentElement.dataset.root; // the path before the API, such as /dev
const main = document.getElementById("main");
const seen = new Map(); // the path of an item: its ETag and body as last seen
const operations = new Map(); // by operationId
const list = document.querySelector(".routes details");
const narrow = matchMedia("(max-width: 52rem)"); // as in style.css
let api;
let form; // the operation on show and its controls

const PEOPLE = [
  ["Ada Lovelace", "ada.lovelace"],
  ["Chinua Achebe", "chinua.achebe"],
  ["Grace Hopper", "grace.hopper"],
  ["José Saramago", "jose.saramago"],
  ["Мария Кюри", "maria.curie"],
  ["与謝野 晶子", "yosano.akiko"],
  ["فاطمة الفهرية", "fatima.alfihri"],
];
const SHOWN_HEADERS = [
  "ETag", "Location", "Link", "Allow", "Accept-Patch", "Retry-After", "Idempotent-Replayed",
  "WWW-Authenticate", "Content-Type", "Cache-Control", "X-Request-Id",
];

start();

async function start() {
  await startLogin();
  api = parsed(await fetch(`${root}/openapi.json`).then((response) => response.text()).catch(() => ""));
  if (!api?.paths) {
    main.replaceChildren(el("p", { role: "alert" }, "openapi.json could not be read. Is the API running?"));
    return;
  }
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      operations.set(described.operationId, { path, method: method.toUpperCase(), ...described });
    }
  }
  for (const method of document.querySelectorAll(".routes b")) method.className = method.textContent.toLowerCase();
  addEventListener("hashchange", () => route(true));
  narrow.addEventListener("change", () => { list.open = true; });
  route(false);
}

/* What is on show: the hash names an operation, with values such as #get_user?id=7 */

function route(moved) {
  const [id, values] = location.hash.slice(1).split("?");
  const operation = operations.get(id) ?? firstList() ?? operations.values().next().value;
  show(operation, new URLSearchParams(values));
  for (const link of document.querySelectorAll(".routes a")) {
    if (link.hash === `#${operation.operationId}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (moved) {
    list.open = !narrow.matches;
    const heading = main.querySelector("h2");
    heading.focus({ preventScroll: true });
    if (heading.getBoundingClientRect().top > innerHeight / 2 || heading.getBoundingClientRect().top < 0) {
      heading.scrollIntoView({ block: "start" });
    }
  }
  if (values !== undefined && operation.method === "GET") send();
}

/** What is on show where the hash names nothing: a list of items, which changes none. */
function firstList() {
  return [...operations.values()].find(({ method, path }) => method === "GET" && keyOf(path));
}

function show(operation, values) {
  form = { operation, fields: [], body: null };
  const { method, path } = operation;
  const heading = el("h2", { tabindex: -1 },
    el("span", { class: `method ${method.toLowerCase()}` }, method), el("code", {}, path));
  const send = el("button", { class: "send", type: "submit" }, "Send");
  form.send = send;
  form.curl = el("pre", { tabindex: 0, role: "region", "aria-label": "The same as a curl command" });
  form.status = el("div", { class: "status", role: "status" });
  form.answer = el("div", {});
  const element = el("form", { autocomplete: "off", onsubmit: submitted, oninput: changed },
    fields("Path", "path", values),
    fields("Query", "query", values),
    fields("Headers", "header", values),
    bodyField(),
    el("div", { class: "actions" }, send,
      operation.requestBody && el("span", { class: "hint" }, "or Ctrl+Enter in the body")));
  main.replaceChildren(
    heading,
    el("p", { class: "about" }, ...marked([operation.summary, operation.description].filter(Boolean).join(". "))),
    element,
    el("div", { class: "box curl" }, form.curl, copyButton()),
    el("section", { class: "answer", "aria-label": "Answer" }, form.status, form.answer));
  changed();
}

function fields(title, place, values) {
  const parameters = (form.operation.parameters ?? []).filter((parameter) => parameter.in === place);
  if (!parameters.length) return null;
  return el("fieldset", {}, el("legend", {}, title), ...parameters.map((p) => field(p, values)));
}

function field(parameter, values) {
  const { name, schema } = parameter;
  const id = `field-${parameter.in}-${name}`;
  const hint = [parameter.description, schema.type === "array" && "Several: separate them by spaces."]
    .filter(Boolean).join(" ");
  const about = { id, name, "aria-describedby": hint ? `${id}-hint` : null };
  const choices = schema.enum ?? (schema.type === "boolean" ? ["true", "false"] : null);
  const control = choices
    ? el("select", about, el("option", { value: "" }, "–"), ...choices.map((c) => el("option", {}, c)))
    : el("input", {
        ...about, type: "text", spellcheck: "false", required: parameter.required,
        placeholder: schema.default, inputmode: schema.type === "integer" ? "numeric" : null,
      });
  const given = values.getAll(name).join(" ");
  control.value = given || (parameter.in === "path" ? lastKey() : "");
  const row = el("div", { class: "row" }, control);
  form.fields.push({ parameter, control, row });
  return el("div", { class: "field" }, el("label", { for: id }, name), row,
    hint && el("p", { class: "hint", id: `${id}-hint` }, ...marked(hint)));
}

function bodyField() {
  const content = form.operation.requestBody?.content;
  if (!content) return null;
  const [type, { schema }] = Object.entries(content)[0];
  const area = el("textarea", { id: "body", spellcheck: "false", rows: 8, onkeydown: shortcut, "aria-describedby": "body-type" });
  const fill = (value) => {
    area.value = written(value, 2);
    area.rows = Math.max(4, area.value.split("\n").length + 1);
    changed();
  };
  form.body = { type, area, row: el("div", { class: "actions under" }) };
  form.body.row.append(el("button", { type: "button", onclick: () => fill(sampleBody(schema)) }, "Another example"));
  form.body.fill = fill;
  area.value = "";
  queueMicrotask(() => fill(sampleBody(schema)));
  return el("fieldset", {}, el("legend", {}, el("label", { for: "body" }, "Body"), " ",
    el("span", { class: "hint", id: "body-type" }, type)), area, form.body.row);
}

/* The request */

function request() {
  const { operation } = form;
  const query = new URLSearchParams();
  const headers = {};
  let path = operation.path;
  for (const { parameter: { name, in: place, schema }, control } of form.fields) {
    const value = control.value.trim();
    if (!value) continue;
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === "header") headers[name] = value;
    else for (const part of schema.type === "array" ? value.split(/[\s,]+/) : [value]) query.append(name, part);
  }
  const body = form.body?.area.value;
  if (form.body) headers["Content-Type"] = form.body.type;
  const search = String(query) && `?${query}`;
  return { method: operation.method, path, url: location.origin + root + path + search, headers, body };
}

/** Whether the operation on show wants a token: the document says so of each that does. */
function asksForToken() {
  return offered && form.operation.security.length;
}

function changed() {
  const { method, path, url, headers, body } = request();
  form.curl.textContent = [
    `curl -i ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`,
    ...(asksForToken() ? ['-H "Authorization: Bearer $TOKEN"'] : []), // whoever looks on sees no token
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body ? [`-d ${quoted(compact(body))}`] : []),
  ].join(" \\\n  ");
  const known = seen.get(path);
  for (const { parameter, row } of form.fields) {
    const value = parameter.in === "header" && offer(parameter.name, known);
    const old = row.querySelector("button");
    if (old?.dataset.for === path && !!old === !!value) continue;
    old?.remove();
    if (value) row.append(el("button", { type: "button", "data-for": path, onclick: () => fillIn(parameter.name, value()) }, value.label));
  }
  form.body?.row.querySelector(".known")?.remove();
  if (known && form.body && method === "PUT") {
    form.body.row.append(el("button", { class: "known", type: "button", onclick: () => form.body.fill(known.body) }, "The item as last seen"));
  }
}

/** What a click can put into a header field: a function that gives the value, with a label. */
function offer(header, known) {
  if (header === "Idempotency-Key") return Object.assign(newKey, { label: "New key" });
  if (!header.startsWith("If-") || !known?.etag) return null;
  return Object.assign(() => known.etag, { label: "ETag last seen" });
}

function fillIn(name, value) {
  const { control } = form.fields.find(({ parameter }) => parameter.name === name);
  control.value = value;
  control.focus();
  changed();
}

function submitted(event) {
  event.preventDefault();
  send();
}

function shortcut(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.send.form.requestSubmit();
}

async function send() {
  const asked = form;
  const { method, path, url, headers, body } = request();
  asked.send.disabled = true;
  asked.status.className = "status";
  asked.status.replaceChildren("Sending…");
  const begun = performance.now();
  try {
    // no-store: else the browser's own cache would answer for a 304
    const response = await fetch(url, {
      method, headers: { ...headers, ...(asksForToken() && authorization()) }, body: body || undefined, cache: "no-store",
    });
    const text = await response.text();
    noteRefusal(response.status, parsed(text)?.code);
    remember(asked.operation, path, response, parsed(text));
    showAnswer(asked, response, text, performance.now() - begun);
  } catch {
    asked.answer.replaceChildren();
    asked.status.className = "status bad";
    asked.status.replaceChildren(el("b", {}, "No answer"), "The server could not be reached.");
  }
  asked.send.disabled = false;
}

/* The answer */

function showAnswer(asked, response, text, milliseconds) {
  asked.status.className = `status ${response.ok || response.status === 304 ? "good" : "bad"}`;
  const size = new Blob([text]).size;
  asked.status.replaceChildren(
    el("b", {}, `${response.status} ${response.statusText}`),
    el("span", { class: "hint" }, `${Math.round(milliseconds)} ms`),
    size ? el("span", { class: "hint" }, `${size.toLocaleString("en")} bytes`) : "");
  const headers = SHOWN_HEADERS.filter((name) => response.headers.has(name));
  const value = parsed(text);
  const next = nextPage(response.headers.get("Link"));
  asked.answer.replaceChildren(
    el("dl", { class: "headers" }, ...headers.flatMap((name) => [
      el("dt", {}, name), el("dd", {}, shownHeader(name, response.headers.get(name)))])),
    text ? el("div", { class: "box" }, el("pre", { tabindex: 0, role: "region", "aria-label": "Body" },
      ...(value === undefined ? [text] : pretty(value, asked.operation.path)))) : "",
    next ? el("div", { class: "actions" }, el("button", { type: "button", onclick: () => turn(next) }, "Next page")) : "",
    offered && response.status === 401 && canLogIn() ? el("div", { class: "actions" }, logInButton()) : "");
  changed();
}

function shownHeader(name, value) {
  return (name === "Location" && linkTo(value.slice(root.length))) || value;
}

function nextPage(link) {
  const match = /<([^>]*)>;\s*rel="next"/.exec(link ?? "");
  return match && new URL(match[1], location.href).searchParams;
}

function turn(next) {
  for (const { parameter, control } of form.fields) {
    if (parameter.in === "query") control.value = next.getAll(parameter.name).join(" ");
  }
  changed();
  send();
}

function remember(operation, path, response, value) {
  const item = operation.path.endsWith("}");
  if (response.status === 204) seen.delete(path);
  const etag = response.headers.get("ETag");
  const place = response.headers.get("Location")?.slice(root.length) ?? path;
  if (etag && response.ok && (item || response.status === 201)) keep(place, etag, value);
  if (etag && response.status === 412) keep(path, etag, value?.current);
  const key = keyOf(operation.path);
  for (const one of (key && Array.isArray(value?.items) ? [...value.items].reverse() : [])) {
    if (one.etag) keep(`${operation.path}/${one[key]}`, `"${one.etag}"`, one);
  }
}

function keep(path, etag, body) {
  seen.delete(path); // so that the last one stands last
  seen.set(path, { etag, body });
}

/** The key of the item of this route's kind that was seen last. */
function lastKey() {
  const collection = form.operation.path.replace(/\/\{[^/]*\}$/, "");
  const path = [...seen.keys()].reverse().find((known) => known.startsWith(`${collection}/`));
  return path ? decodeURIComponent(path.slice(collection.length + 1)) : "";
}

/** The name of the key of a list's items, from the path of one item. */
function keyOf(collection) {
  const path = Object.keys(api.paths).find((p) => p.startsWith(`${collection}/{`) && p.endsWith("}"));
  return path?.slice(collection.length + 2, -1);
}

/** A link to the form that gets the item at this path; null where no route does. */
function linkTo(path) {
  for (const operation of operations.values()) {
    const [collection, key] = operation.path.split(/\/\{(\w+)\}$/);
    if (operation.method === "GET" && key && path.startsWith(`${collection}/`)) {
      const values = new URLSearchParams({ [key]: path.slice(collection.length + 1) });
      return el("a", { href: `#${operation.operationId}?${values}` }, root + path);
    }
  }
  return null;
}

/** JSON as nodes: values have colours, and the keys of a list's items lead to them. */
function pretty(value, path, name = "", indent = "") {
  if (value === null || typeof value === "boolean") return [el("span", { class: "word" }, String(value))];
  if (["number", "bigint"].includes(typeof value)) return [el("span", { class: "number" }, String(value))];
  if (typeof value === "string") {
    const text = JSON.stringify(value);
    const explained = name === "type" && value.startsWith(`${root}/errors#`);
    const link = explained ? el("a", { href: value }) : indent.length === 6 && name === keyOf(path) && linkTo(`${path}/${value}`);
    if (link) {
      link.textContent = text;
      return [link];
    }
    return [el("span", { class: "string" }, text)];
  }
  const list = Array.isArray(value);
  const entries = Object.entries(value);
  if (!entries.length) return [list ? "[]" : "{}"];
  const inner = `${indent}  `;
  const lines = entries.flatMap(([key, part], index) => [
    index ? ",\n" : "\n", inner, list ? "" : `${JSON.stringify(key)}: `, ...pretty(part, path, key, inner)]);
  return [list ? "[" : "{", ...lines, `\n${indent}`, list ? "]" : "}"];
}

/* Examples, from schemas */

function sampleBody(schema) {
  const { method, path } = form.operation;
  const whole = sample(schema, "", PEOPLE[Math.floor(Math.random() * PEOPLE.length)]);
  delete whole.etag;
  delete whole[keyOf(path)]; // the server makes it
  if (method === "PATCH") return Object.fromEntries(Object.entries(whole).slice(0, 1));
  return whole;
}

function sample(given, name, person) {
  let schema = given.$ref ? api.components.schemas[given.$ref.split("/").pop()] : given;
  schema = schema.anyOf?.find((choice) => choice.type === "string") ?? schema.anyOf?.[0] ?? schema;
  if (schema.$ref) return sample(schema, name, person);
  if (schema.examples) return structuredClone(schema.examples[0]);
  const type = [schema.type].flat()[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default != null) return schema.default;
  if (type === "object") {
    const members = Object.entries(schema.properties ?? {}).filter(([, member]) => !member.readOnly);
    return Object.fromEntries(members.map(([key, member]) => [key, sample(member, key, person)]));
  }
  if (type === "array") return [sample(schema.items ?? {}, name, person)];
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") return Math.max(schema.minimum ?? 1, 1);
  return sampleText(schema, name, person).slice(0, schema.maxLength).padEnd(schema.minLength ?? 0, "x");
}

function sampleText(schema, name, [person, mailbox]) {
  if (/email$/.test(schema.format)) return `${mailbox}.${1000 + Math.floor(Math.random() * 9000)}@example.org`;
  if (schema.format === "date-time") return new Date().toISOString();
  if (schema.format === "date") return new Date().toISOString().slice(0, 10);
  if (schema.format === "uuid") return newKey();
  if (schema.format === "uri") return "https://example.org/";
  if (/name$/.test(name)) return person;
  if (/title$/.test(name)) return "Desk lamp, brass";
  if (/price|amount|total|cost/.test(name)) return "12.50";
  if (/city|town/.test(name)) return "Reykjavík";
  if (/phone/.test(name)) return "+354 555 0100";
  return "A few words";
}

/* Small things */

function copyButton() {
  const button = el("button", { type: "button", "aria-label": "Copy the curl command" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(form.curl.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(form.curl); // no clipboard without https: at least select it
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return button;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** JSON without the white space between its tokens; not read and written, which rounds numbers. */
function compact(text) {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}
