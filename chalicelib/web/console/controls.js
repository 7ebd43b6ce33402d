
"use strict";
// Controls for members, by their type: what stands in them is a text, from which a value is read.

const WHOLE = /^-?(0|[1-9]\d*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/; // as JSON has it
const MISSING = "Must be given."; // as the API says it

/** What was typed cannot be read; the message says why. */
class Unreadable extends Error {}

/** The control of a member in a form, with its label and its place for what is wrong. */
class Control {
  constructor(member, prefix) {
    this.member = member;
    this.id = `${prefix}-${member.name}`;
    this.input = inputFor(member, this.id);
    this.wrong = el("p", { class: "wrong", id: `${this.id}-wrong` });
    const hint = hintFor(member);
    const about = [hint && `${this.id}-hint`, this.wrong.id].filter(Boolean).join(" ");
    this.input.setAttribute("aria-describedby", about);
    this.element = el("div", { class: `entry ${member.kind}` },
      el("label", { for: this.id }, member.label, member.required ? "" : el("span", { class: "optional" }, " optional")),
      this.input, this.wrong, hint && el("p", { class: "hint", id: `${this.id}-hint` }, ...marked(hint)));
    this.set(member.initial);
  }

  /** Put in what is kept: as long as it is not touched, it is what is read. */
  set(value) {
    this.base = value ?? null;
    this.text = textOf(this.member, this.base);
    this.untouched = this.text;
    this.mark("");
  }

  get text() {
    return this.input.type === "checkbox" ? String(this.input.checked) : this.input.value;
  }

  set text(text) {
    if (this.input.type === "checkbox") this.input.checked = text === "true";
    else this.input.value = text;
  }

  get touched() {
    return this.text !== this.untouched;
  }

  /** The value; null for nothing. Raises Unreadable. */
  read() {
    if (!this.touched && this.base !== null) return this.base;
    return valueFrom(this.member, this.text);
  }

  mark(text) {
    this.wrong.textContent = text;
    if (text) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}

function inputFor({ name, kind, choices, nullable, required, initial, schema }, id) {
  const about = { id, name, "aria-required": required ? "true" : null, autocomplete: "off", spellcheck: "false", dir: "auto" };
  if (kind === "choice" || (kind === "boolean" && (nullable || !required) && initial === null)) {
    const texts = choices ?? ["true", "false"];
    return el("select", about, el("option", { value: "" }, required ? "Choose…" : "–"), ...texts.map((text) => el("option", {}, text)));
  }
  if (kind === "boolean") return el("input", { ...about, type: "checkbox", dir: null });
  if (["text", "lines", "json"].includes(kind)) {
    return el("textarea", { ...about, rows: kind === "text" ? 3 : 4, class: kind === "json" ? "code" : null });
  }
  if (kind === "time") return el("input", { ...about, type: "datetime-local", step: "0.001" });
  if (kind === "date") return el("input", { ...about, type: "date" });
  // Not type=number or email: browsers then give no text where they think it wrong.
  const keys = { integer: "numeric", number: "decimal", decimal: "decimal" }[kind] ?? (schema.format?.endsWith("email") ? "email" : null);
  return el("input", { ...about, type: "text", inputmode: keys, autocapitalize: keys === "email" ? "none" : null });
}

function hintFor({ kind, about, schema }) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const how = { lines: "One a line.", json: "As JSON.", time: `Your time: ${zone}.` }[kind];
  const most = schema.maxLength && kind === "text" ? `At most ${schema.maxLength} characters.` : "";
  return [about, how, most].filter(Boolean).join(" ");
}

/** A value as it is typed; a time as the clock on the wall shows it. */
function textOf({ kind }, value) {
  if (value === null || value === undefined) return "";
  if (kind === "time") {
    const time = new Date(value);
    return Number.isNaN(time.valueOf()) ? "" : new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
  }
  if (kind === "lines" && Array.isArray(value)) return value.join("\n");
  return typeof value === "object" ? written(value, 2) : String(value);
}

/** The value of what was typed; null for nothing. Raises Unreadable. */
function valueFrom({ kind, required, nullable, choices, schema }, text) {
  const trimmed = text.trim();
  if (kind === "lines") return trimmed || !nullable ? text.split("\n").map((line) => line.trim()).filter(Boolean) : null;
  if (!trimmed) {
    const fits = ["line", "text"].includes(kind) && !schema.minLength && !schema.format;
    if (required && !fits) throw new Unreadable(MISSING);
    return nullable || !["line", "text"].includes(kind) ? null : "";
  }
  if (kind === "choice") return choices.find((choice) => String(choice) === text);
  if (kind === "boolean") return text === "true";
  if (kind === "time") return new Date(text).toISOString();
  if (kind === "decimal") return trimmed; // a number of this language would round it
  if (kind === "integer" || kind === "number") return numberOf(kind, trimmed);
  return kind === "json" ? jsonOf(trimmed) : text;
}

function numberOf(kind, text) {
  const value = (kind === "integer" ? WHOLE : NUMBER).test(text) ? parsed(text) : NaN;
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Unreadable(kind === "integer" ? "Please give a whole number." : "Please give a number, such as 12.5.");
  }
  if (kind === "integer" && typeof value === "number" && !Number.isSafeInteger(value)) throw new Unreadable("This browser cannot hold so large a number.");
  return value;
}

function jsonOf(text) {
  const value = parsed(text);
  if (value === undefined) throw new Unreadable("This is no JSON.");
  return value;
}

/* What a form sends */

/** The merge patch (RFC 7396) that makes `to` of `from`: what has changed, and null for what has gone. */
function mergePatch(from, to) {
  const patch = {};
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (alike(from[name], to[name])) continue;
    const nested = isObject(from[name]) && isObject(to[name]);
    patch[name] = nested ? mergePatch(from[name], to[name]) : to[name] ?? null;
  }
  return patch;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two values are one in JSON, whatever the order of an object's members. */
function alike(one, other) {
  if (isObject(one) && isObject(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => alike(one[name], other[name]));
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => alike(value, other[index]));
  }
  return (one ?? null) === (other ?? null);
}
