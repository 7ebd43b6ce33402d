type Members = Record<string, unknown>;

// The API's own: sent back to it, they are ignored, but for etag, which goes as If-Match.
const READ_ONLY = ["id", "created_at", "updated_at", "etag"];

/** The members that are other than before, whole. What `data` lacks is not meant to be changed. */
export function changed(data: object, before: object = {}): Members {
  const old = before as Members;
  const found = Object.entries(data).filter(
    ([name, value]) => !READ_ONLY.includes(name) && !same(value, old[name]),
  );
  return Object.fromEntries(found);
}

/** Whether a record already is as somebody wants it. */
export function has(record: object, wanted: Members): boolean {
  return Object.entries(wanted).every(([name, value]) => same(value, (record as Members)[name]));
}

/** The merge patch (RFC 7396) for these members: objects inside lose what they lack. */
export function mergePatch(wanted: Members, before: object = {}): Members {
  const old = before as Members;
  return Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => {
      const was = old[name];
      if (!isObject(value) || !isObject(was)) return [name, value];
      const gone = Object.keys(was).filter((inner) => !(inner in value));
      const nothing = Object.fromEntries(gone.map((inner) => [inner, null]));
      return [name, { ...nothing, ...mergePatch(value, was) }];
    }),
  );
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
