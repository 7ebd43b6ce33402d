
"use strict";
// What this API keeps, read from openapi.json: each list whose items have a path of their own.

const LISTING = new Set(["limit", "cursor", "sort", "segment", "segments"]); // a list's parameters that are no filters
const KEPT = ["created_at", "updated_at"]; // what the server keeps beside a resource's own members
const LONG = 120; // characters, from which on a text gets more than one line

/** The resources of a document, in its order. */
function resourcesOf(api) {
  return Object.keys(api.paths).flatMap((path) => {
    const key = Object.keys(api.paths).map((other) => other.match(/^(.*)\/\{(\w+)\}$/))
      .find((found) => found?.[1] === path)?.[2];
    const items = key && shapeOf(api, api.paths[path].get?.responses["200"])?.properties?.items;
    return items && !path.includes("{") ? [new Resource(api, path, key, items.items)] : [];
  });
}

/** A list, its items, and what may be done with them. */
class Resource {
  constructor(api, path, key, item) {
    const list = api.paths[path];
    const one = api.paths[`${path}/{${key}}`];
    const query = (list.get.parameters ?? []).map((given) => referred(api, given)).filter((given) => given.in === "query");
    this.path = path;
    this.name = path.slice(1);
    this.key = key;
    this.one = (list.post?.operationId ?? "").replace(/^create_/, "").replaceAll("_", " ") || `one of ${this.name}`;
    this.limited = query.some(({ name }) => name === "limit");
    this.sorts = query.find(({ name }) => name === "sort")?.schema.enum ?? [];
    this.filters = query.filter(({ name }) => !LISTING.has(name))
      .map(({ name, schema, description }) => new Member(api, name, { description, ...schema }, true))
      .sort((a, b) => (a.kind === "lines") - (b.kind === "lines")); // one value before several
    this.members = membersOf(api, item);
    this.replaces = !one.patch; // else what has changed is sent, and no more
    this.creating = list.post ? membersOf(api, bodyOf(api, list.post)) : null;
    this.changing = this.#changing(api, one);
    this.deletes = !!one.delete;
  }

  /** What stands for an item: its first text of its own; its key where it has none. */
  title(item) {
    return String(item[this.named] ?? item[this.key] ?? "");
  }

  get named() {
    const named = this.members.find(({ name, kind }) => kind === "line" && name !== this.key && !KEPT.includes(name));
    return named?.name ?? this.key;
  }

  /** The columns of a list: its own members, the key, and what the server keeps. */
  get columns() {
    const rank = ({ name }) => (name === this.named ? 0 : name === this.key ? 2 : KEPT.includes(name) ? 3 : 1);
    return [...this.members].sort((a, b) => rank(a) - rank(b)).slice(0, 8);
  }

  pathOf(key) {
    return `${this.path}/${encodeURIComponent(key)}`;
  }

  /** What may be changed. A merge patch requires nothing, so what must be there is told by others. */
  #changing(api, one) {
    const operation = one.patch ?? one.put;
    if (!operation) return null;
    const needed = one.put ? bodyOf(api, one.put).required : this.creating?.filter((m) => m.required).map((m) => m.name);
    return membersOf(api, { ...bodyOf(api, operation), required: needed ?? [] });
  }
}

/** A member of an item, or a filter of a list: what it is called, and which control fits it. */
class Member {
  constructor(api, name, given, required) {
    const all = alternatives(api, given);
    const some = all.filter(({ type }) => type !== "null");
    this.name = name;
    this.label = labelOf(name);
    this.about = given.description ?? some[0]?.description ?? "";
    this.nullable = some.length < all.length;
    this.required = required && !this.nullable;
    this.initial = given.default ?? null;
    this.schema = some.find(({ type }) => type === "string") ?? some[0] ?? {};
    this.choices = some.length && some.every(choicesOf) ? some.flatMap(choicesOf) : null;
    this.kind = this.choices ? "choice" : kindOf(api, some, this.schema);
  }
}

function membersOf(api, given) {
  const { properties = {}, required = [] } = referred(api, given);
  return Object.entries(properties)
    .filter(([name, schema]) => name !== "etag" && !referred(api, schema).readOnly) // If-Match carries the ETag
    .map(([name, schema]) => new Member(api, name, schema, required.includes(name)));
}

function kindOf(api, some, { type, format, maxLength, items }) {
  const types = new Set(some.map((one) => one.type));
  if (types.has("string") && types.has("number")) return "decimal"; // exact as a text only
  if (types.has("string")) return { "date-time": "time", date: "date" }[format] ?? (maxLength > LONG && !format?.endsWith("email") ? "text" : "line");
  if (types.size === 1 && ["integer", "number", "boolean"].includes(type)) return type;
  return types.size === 1 && type === "array" && alternatives(api, items ?? {}).every((one) => one.type === "string") ? "lines" : "json";
}

function choicesOf({ enum: choices, const: only }) {
  return choices?.filter((choice) => choice !== null) ?? (only === undefined ? null : [only]);
}

/** The schemas of which a value fits one, each with one type. */
function alternatives(api, given) {
  const schema = referred(api, given);
  const within = schema.anyOf ?? schema.oneOf ?? (schema.allOf?.length === 1 ? schema.allOf : null);
  if (within) return within.flatMap((one) => alternatives(api, one));
  return [schema.type].flat().map((type) => ({ ...schema, type }));
}

/** What stands at a $ref; anything else is given back. */
function referred(api, given) {
  if (!given?.$ref) return given ?? {};
  return referred(api, given.$ref.slice(2).split("/").reduce((node, part) => node[part.replaceAll("~1", "/")], api));
}

function shapeOf(api, response) {
  const content = Object.entries(referred(api, response).content ?? {}).find(([type]) => /^application\/json/.test(type));
  return content && referred(api, content[1].schema);
}

function bodyOf(api, operation) {
  return referred(api, Object.values(referred(api, operation.requestBody).content ?? {})[0]?.schema);
}

function labelOf(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
