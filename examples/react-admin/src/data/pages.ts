import type { GetListResult, RaRecord } from "react-admin";

import type { Send } from "./http";
import { ApiError } from "./problem";

const LARGEST = 100; // items of one answer: the API's own limit
const LISTS = 100; // whose cursors are kept; the one asked for longest ago goes first

interface Answer<R> {
  items: R[];
  next_cursor: string | null;
}

export interface Wanted {
  resource: string;
  query: URLSearchParams;
  page: number;
  perPage: number;
  signal?: AbortSignal | undefined;
}

export type Pages = <R extends RaRecord>(wanted: Wanted) => Promise<GetListResult<R>>;

/**
 * Pages by number, of lists that know cursors alone.
 *
 * For each list the cursors behind the pages that were seen are kept. A page beyond them is reached
 * by reading those between, once. Whatever page is read anew says where the next one begins.
 */
export function pages(send: Send): Pages {
  const lists = new Map<string, string[]>();

  return async <R extends RaRecord>(wanted: Wanted) => {
    const list = `${wanted.resource} ${wanted.perPage} ${wanted.query}`;
    const cursors = lists.get(list) ?? [];
    lists.delete(list); // a Map is in order of insertion: the last one used is its last
    lists.set(list, cursors);
    for (const oldest of lists.keys()) if (lists.size > LISTS) lists.delete(oldest);
    try {
      return await reached<R>(send, wanted, cursors);
    } catch (error) {
      if (!(error instanceof ApiError) || error.body.code !== "cursor_invalid") throw error;
      cursors.length = 0; // as when somebody else has logged in: a cursor belongs to its caller
      return reached<R>(send, wanted, cursors);
    }
  };
}

/** Walk to the page, from the nearest cursor before it. `cursors[0]` is behind the first page. */
async function reached<R extends RaRecord>(
  send: Send,
  wanted: Wanted,
  cursors: string[],
): Promise<GetListResult<R>> {
  let before = Math.min(wanted.page - 1, cursors.length);
  let cursor = cursors[before - 1] ?? null;
  for (; ; before++) {
    const { items, next_cursor } = await filled<R>(send, wanted, cursor);
    noted(cursors, before, next_cursor);
    const there = before === wanted.page - 1;
    if (there || next_cursor === null) {
      const pageInfo = { hasNextPage: next_cursor !== null, hasPreviousPage: wanted.page > 1 };
      return { data: there ? items : [], pageInfo };
    }
    cursor = next_cursor;
  }
}

/** As many items as a page has: an answer holds up to 100, and fewer where DynamoDB cuts it. */
async function filled<R>(send: Send, wanted: Wanted, start: string | null): Promise<Answer<R>> {
  const items: R[] = [];
  let cursor = start;
  do {
    const query = new URLSearchParams(wanted.query);
    query.set("limit", String(Math.min(LARGEST, wanted.perPage - items.length)));
    if (cursor !== null) query.set("cursor", cursor);
    const { resource, signal } = wanted;
    const answer = await send<Answer<R>>(`/${resource}`, { query, signal });
    items.push(...answer.items);
    cursor = answer.next_cursor;
  } while (cursor !== null && items.length < wanted.perPage);
  return { items, next_cursor: cursor };
}

/** Keep a cursor. Where it is another one than before, those after it belong to pages gone by. */
function noted(cursors: string[], before: number, cursor: string | null): void {
  if (cursors[before] === cursor || before > cursors.length) return;
  cursors.splice(before, Infinity, ...(cursor === null ? [] : [cursor]));
}
