// A line for each change between two OpenAPI documents that breaks a client of the first.
//
//     node tools/openapi/breaking.mjs released.json made.json
//
// api-smart-diff finds the changes, and says of most whether they break anything; what it takes for
// something else is corrected here, case by case.

import { readFileSync } from "node:fs";
import { compareOpenApi } from "api-smart-diff";

const NUMBER = { integer: ["integer"], number: ["number", "integer"] };

/** The types that a value may have: a number may be an integer. */
function types(given) {
  return [given].flat().flatMap((type) => NUMBER[type] ?? [type]);
}

function within(some, others) {
  return types(some).every((type) => types(others).includes(type));
}

/**
 * The document with one schema for each that narrows another one, or that may be null: of `allOf`
 * and `anyOf` alike, api-smart-diff knows not which way they may change.
 */
function plain(value, document) {
  if (Array.isArray(value)) return value.map((one) => plain(one, document));
  if (value === null || typeof value !== "object") return value;
  if (value.allOf?.length === 2 && value.allOf[0].$ref && !value.allOf[1].$ref) {
    const base = document.components.schemas[value.allOf[0].$ref.split("/").pop()];
    const properties = { ...base.properties, ...value.allOf[1].properties };
    return plain({ ...base, properties }, document);
  }
  const [some, none, more] = value.anyOf ?? [];
  if (none?.type === "null" && typeof some.type === "string" && !more) {
    const { anyOf, ...rest } = value;
    return plain({ ...rest, ...some, type: [some.type, "null"] }, document);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, document)]));
}

/** Whether a change breaks clients. What is in components is looked at where it is used. */
function breaks({ path, action, before, after, type }) {
  const [top, , , where, ...rest] = path;
  const [of, last] = [rest.at(-2), rest.at(-1) ?? where];
  if (top !== "paths" || where === "security") return false;
  if (where === "operationId") return action !== "add"; // clients make a function of it
  if (last === "type" && action === "replace") {
    return where === "responses" ? !within(after, before) : !within(before, after);
  }
  if (where === "responses") {
    if (action === "add" && (of === "properties" || of === "required")) return false; // they may grow
    // Codes are a closed list that may grow; one that is gone was what somebody waited for.
    if (of === "enum" && rest.at(-3) === "code") return action === "remove";
    return type === "breaking";
  }
  if (rest.length === 2 && last === "name") return true; // of a parameter
  if (of === "required") return action === "add"; // with a default, too
  if (of === "properties" && action === "remove") return true; // unknown members are refused
  return type === "breaking";
}

/** Whether what let a client in does not do so any more. Each alternative names all that it asks. */
function locksOut(before, after) {
  const ways = (security) => (security?.length ? security : [{}]); // none: everybody
  const asks = (one) => Object.entries(one).flatMap(([name, scopes]) => [name, ...scopes]);
  return !ways(before).every((had) => ways(after).some(
    (now) => asks(now).every((part) => asks(had).includes(part))));
}

/** The change as a line: where it is, by names, and what became of it. */
function told({ path, action, before, after }) {
  const [, route, method, ...rest] = path;
  if (rest[0] === "parameters") {
    const document = action === "remove" ? released : made;
    rest[1] = document.paths[route][method].parameters[rest[1]].name;
  }
  const place = rest.map((step) => `${step}`.replaceAll("/", "~1")).join("/") || "the operation";
  const [had, has] = [before, after].map((value) => JSON.stringify(value));
  const small = rest.length && typeof (before ?? after) !== "object";
  const became = {
    add: small ? `${has} is new` : "is new",
    remove: small ? `${had} is gone` : "is gone",
    replace: `${had} became ${has}`,
  };
  return `${method.toUpperCase()} ${route}: ${place} ${became[action]}`;
}

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const [released, made] = process.argv.slice(2).map(read);
const changes = [];
for (const [route, operations] of Object.entries(released.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const now = made.paths[route]?.[method];
    const [had, asked] = [operation.security, now?.security];
    if (now && locksOut(had, asked)) {
      const path = ["paths", route, method, "security"];
      changes.push({ path, action: "replace", before: had, after: asked });
    }
  }
}
const { diffs } = compareOpenApi(plain(released, released), plain(made, made), {});
changes.push(...diffs.filter(breaks));
for (const line of new Set(changes.map(told))) console.log(line);
