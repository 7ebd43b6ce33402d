
"use strict";
// What the pages with scripts share. Whatever came from a server goes into a page as text, never as
// HTML: the policy of the pages refuses the other way.

function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

/** Text with `code` in it, as nodes. */
function marked(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing without https
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* JSON, with all digits of its integers: a number of this language would round what is over 2^53 */

function parsed(text) {
  try {
    return JSON.parse(text, exact);
  } catch {
    return undefined;
  }
}

/** Browsers from before 2025 give no `source`; there it is rounded. */
function exact(name, value, { source } = {}) {
  const rounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
  return rounded ? BigInt(source) : value;
}

function written(value, indent) {
  return JSON.stringify(value, (name, part) => (typeof part === "bigint" ? JSON.rawJSON(String(part)) : part), indent);
}
