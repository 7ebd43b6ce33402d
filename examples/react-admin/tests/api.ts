import assert from "node:assert/strict";

import { dataProvider, type Options } from "../src/data/dataProvider";
import { ApiError } from "../src/data/problem";

/** The API that runs: its tables are the tests' own. */
export const url = process.env.API_URL ?? "http://127.0.0.1:8000";

export interface User {
  id: string;
  name: string;
  email: string;
  created_at: string;
  etag: string;
}

/** What was asked, in order: `GET /users?limit=2`. */
export interface Seen {
  asked: string[];
  headers: Headers[];
  waits: number[];
}

/** A provider whose requests are noted, and whose pauses take no time. */
export function watched(options: Partial<Options> = {}) {
  const seen: Seen = { asked: [], headers: [], waits: [] };
  const send = options.fetch ?? fetch;
  const provider = dataProvider({
    url,
    unique: { users: ["email"] },
    pause: async (seconds) => void seen.waits.push(seconds),
    ...options,
    fetch: async (address, init) => {
      seen.asked.push(`${init?.method} ${String(address).replace(url, "")}`);
      seen.headers.push(new Headers(init?.headers));
      return send(address, init);
    },
  });
  return { ...seen, provider };
}

/** Answers one after the other, and then those of the API; a null is a connection that breaks. */
export function first(...answers: (Response | null)[]): typeof fetch {
  return async (address, init) => {
    if (answers.length === 0) return fetch(address, init);
    const answer = answers.shift();
    if (!answer) throw new TypeError("fetch failed");
    return answer;
  };
}

/** The request is done, and its answer gets lost, the first time. */
export function losesFirstAnswer(): typeof fetch {
  let lost = false;
  return async (address, init) => {
    const answer = await fetch(address, init);
    if (lost) return answer;
    lost = true;
    throw new TypeError("fetch failed");
  };
}

export function refusal(status: number, headers: Record<string, string> = {}): Response {
  const problem = { title: "Busy", status, code: "busy", detail: "Too much at once." };
  return Response.json(problem, { status, headers });
}

let number = 0;

export function fields(name = "Ada"): { name: string; email: string } {
  return { name, email: `${name.toLowerCase()}-${process.pid}-${number++}@example.org` };
}

export async function made(name?: string): Promise<User> {
  return (await watched().provider.create<User, User>("users", { data: fields(name) })).data;
}

/** Have no users, but for so many new ones. */
export async function only(count: number): Promise<User[]> {
  const { provider } = watched();
  const pagination = { page: 1, perPage: 100 };
  for (;;) {
    const { data } = await provider.getList<User>("users", { pagination });
    if (data.length === 0) break;
    await provider.deleteMany("users", { ids: data.map(({ id }) => id) });
  }
  const users: User[] = [];
  for (let index = 0; index < count; index++) users.push(await made(`User${index}`));
  return users;
}

export async function refused(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => assert.fail("it was not refused"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}
