import type { DataProvider, GetListParams, GetListResult, Identifier, RaRecord } from "react-admin";

import { changed, has, mergePatch } from "./changes";
import { sender, type Api, type Send } from "./http";
import { pages } from "./pages";
import { ApiError, conflict } from "./problem";

const IDS = 100; // that one list takes
const AT_ONCE = 5; // requests of updateMany and deleteMany

export interface Options extends Api {
  /** Members that belong to one record alone. A list by one of them has nothing to sort. */
  unique?: Record<string, string[]>;
}

/** react-admin on the API: pages by cursor, changes by ETag, creates by Idempotency-Key. */
export function dataProvider({ unique = {}, ...api }: Options): DataProvider {
  const send = sender(api);
  const page = pages(send);
  const add = creator(send);

  function list<R extends RaRecord>(
    resource: string,
    params: GetListParams,
  ): Promise<GetListResult<R>> {
    const { page: number, perPage } = params.pagination ?? { page: 1, perPage: 25 };
    const query = asked(params, unique[resource] ?? []);
    return page<R>({ resource, query, page: number, perPage, signal: params.signal });
  }

  return {
    supportAbortSignal: true,

    getList: list,

    // The API says in a 400 which filters it serves, where it does not serve this one.
    getManyReference: (resource, { target, id, filter, ...params }) =>
      list(resource, { ...params, filter: { ...filter, [target]: id } }),

    async getOne(resource, { id, signal }) {
      return { data: await send(at(resource, id), { signal }) };
    },

    async getMany<R extends RaRecord>(resource: string, { ids, signal }: Many) {
      const answers = chunks(ids.map(String)).map((some) => {
        const query = new URLSearchParams(some.map((id) => ["id", id]));
        return send<{ items: R[] }>(`/${resource}`, { query, signal });
      });
      return { data: (await Promise.all(answers)).flatMap(({ items }) => items) };
    },

    create: async (resource, { data }) => ({ data: await add(resource, data) }),

    async update(resource, { id, data, previousData }) {
      const wanted = changed(data, previousData);
      if (Object.keys(wanted).length === 0) return { data: previousData };
      try {
        const body = mergePatch(wanted, previousData);
        const change = { ...ifMatch(previousData), method: "PATCH", body };
        return { data: await send(at(resource, id), change) };
      } catch (error) {
        const current = conflict(error);
        // It is as it should be: by an answer that was lost, or by somebody who wanted the same.
        if (current && has(current, wanted)) return { data: current as never };
        throw error;
      }
    },

    // Of many records react-admin tells the ids alone: the change is meant for any version.
    async updateMany(resource, { ids, data }) {
      const body = changed(data);
      await each(ids, (id) => send(at(resource, id), { ...ANY, method: "PATCH", body }));
      return { data: ids };
    },

    async delete(resource, { id, previousData }) {
      await gone(send(at(resource, id), { ...ifMatch(previousData), method: "DELETE" }));
      return { data: previousData ?? ({ id } as never) };
    },

    async deleteMany(resource, { ids }) {
      await each(ids, (id) => gone(send(at(resource, id), { ...ANY, method: "DELETE" })));
      return { data: ids };
    },
  };
}

interface Many {
  ids: Identifier[];
  signal?: AbortSignal;
}

const ANY = { headers: { "If-Match": "*" } };

function ifMatch(record: Partial<RaRecord> | undefined) {
  return record?.etag ? { headers: { "If-Match": `"${record.etag}"` } } : {};
}

function at(resource: string, id: Identifier): string {
  return `/${resource}/${encodeURIComponent(id)}`;
}

/** The query of a list, in a fixed order, for it names the list whose cursors are kept. */
function asked({ filter, sort }: GetListParams, unique: string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries<unknown>(filter ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  query.sort();
  // Sorted by id is how react-admin asks for no order, which is the table's own.
  const sorted = sort && sort.field !== "id" && !unique.some((name) => query.has(name));
  if (sorted) query.set("sort", `${sort.order === "DESC" ? "-" : ""}${sort.field}`);
  return query;
}

/**
 * Creates records, each once. A body that was sent without any answer keeps its Idempotency-Key, so
 * that pressing Save again asks for that record, and does not make a second one.
 */
function creator(send: Send) {
  const unanswered = new Map<string, string>();
  return async <R>(resource: string, body: object): Promise<R> => {
    const what = `${resource} ${JSON.stringify(body)}`;
    const key = unanswered.get(what) ?? crypto.randomUUID();
    unanswered.set(what, key);
    try {
      const made = await send<R>(`/${resource}`, {
        method: "POST",
        headers: { "Idempotency-Key": key },
        body,
      });
      unanswered.delete(what);
      return made;
    } catch (error) {
      const answered = error instanceof ApiError && error.status > 0 && error.status < 500;
      if (answered) unanswered.delete(what);
      throw error;
    }
  };
}

/** What is not there any more has been deleted. */
async function gone(deleted: Promise<unknown>): Promise<void> {
  try {
    await deleted;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}

/** Do it for each, a few at once; the others are done, too, where some fail. */
async function each(ids: Identifier[], act: (id: Identifier) => Promise<unknown>): Promise<void> {
  const left = [...ids];
  const failed: unknown[] = [];
  async function work() {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      await act(id).catch((error: unknown) => failed.push(error));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const [first] = failed;
  if (!(first instanceof ApiError)) return;
  const { status, message, body } = first;
  const detail = `${failed.length} of ${ids.length}: ${message}`;
  throw new ApiError(status, { ...body, errors: [], detail });
}

function chunks(ids: string[]): string[][] {
  const starts = Array.from({ length: Math.ceil(ids.length / IDS) }, (_, index) => index * IDS);
  return starts.map((start) => ids.slice(start, start + IDS));
}
