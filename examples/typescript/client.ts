// A client of the API: openapi-fetch with a token, retries, and the API's problems as types.
// It names no resource, and the types are those of schema.d.ts: copy both.
import createFetchClient from "openapi-fetch";
import type { components, paths } from "./schema.js";
import type { StrictClient } from "./strict.js";

export type Problem = components["schemas"]["Problem"];
export type ApiClient = StrictClient<paths>;
export type FieldError = components["schemas"]["FieldError"];
/** Where a page begins: spread it into a list's query. Empty for the first one. */
export type At = { cursor?: string };
type Fetch = (request: Request) => Promise<Response>;

export interface Options {
  baseUrl: string;
  /** Asked before each request, so it may refresh; undefined sends none. */
  token?: () => string | undefined | Promise<string | undefined>;
  fetch?: Fetch;
}

export function createClient({
  baseUrl,
  token,
  fetch = (request) => globalThis.fetch(request),
}: Options): ApiClient {
  const client = createFetchClient<paths>({ baseUrl, fetch: retrying(fetch) });
  client.use({
    async onRequest({ request }) {
      const value = await token?.();
      if (value) request.headers.set("Authorization", `Bearer ${value}`);
      return request;
    },
  });
  return client as ApiClient;
}

/** An answer that is no success. `problem` is undefined where something else gave it, such as a proxy. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;
  readonly requestId: string | null;

  constructor(response: Response, error: unknown) {
    const problem = isProblem(error) ? error : undefined;
    super(problem?.detail ?? `The answer was ${response.status}.`);
    this.status = response.status;
    this.problem = problem;
    this.requestId = response.headers.get("X-Request-Id");
  }
}

/** The data of an answer. Throws RequestFailed: for code, and libraries, that await or throw. */
export function dataOf<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok) throw new RequestFailed(answer.response, answer.error);
  return answer.data as T; // of a 204: undefined, as its type says
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "instance" in error;
}

/** The thing as it now is, which a 412 shows; undefined where the answer is another. */
export function currentOf<T>(error: unknown): T | undefined {
  return isProblem(error) && error.status === 412 ? (error.current as T | undefined) : undefined;
}

/** The first fault of each field, by JSON Pointer: `errors["/email"]?.code`. */
export function fieldErrors(error: unknown): Record<string, FieldError> {
  const found: Record<string, FieldError> = {};
  for (const each of (isProblem(error) && error.errors) || []) {
    found[each.pointer ?? each.parameter ?? each.header ?? ""] ??= each;
  }
  return found;
}

/** What differs in the members that were sent: [one's own, the present one]. Where nothing does, a
 * 412 means that an earlier try was done, and only its answer was lost. */
export function differences<T extends object>(
  own: T,
  current: object,
): Partial<Record<keyof T, [unknown, unknown]>> {
  const present = new Map(Object.entries(current));
  const pairs = Object.entries(own)
    .map(([name, mine]) => [name, [mine, present.get(name)]] as const)
    .filter(([, [mine, theirs]]) => JSON.stringify(mine) !== JSON.stringify(theirs));
  return Object.fromEntries(pairs) as Partial<Record<keyof T, [unknown, unknown]>>;
}

/** Where the next page begins; undefined after the last one. */
export function after(page: { next_cursor: string | null }): At | undefined {
  return page.next_cursor === null ? undefined : { cursor: page.next_cursor };
}

/** One page after the other, each read when it is asked for. */
export async function* pages<T>(
  read: (at: At) => Promise<{ items: T[]; next_cursor: string | null }>,
): AsyncGenerator<T[], void, void> {
  for (let at: At | undefined = {}; at;) {
    const page = await read(at);
    yield page.items;
    at = after(page);
  }
}

const TRIES = 4;
const LONGEST = 30; // seconds; who is told to wait longer gets the answer instead
const PASSING = new Set([429, 502, 503, 504]);

/** Sends again what did not come through, as long as twice is the same as once. */
export function retrying(send: Fetch): Fetch {
  return async (request) => {
    const tries = repeatable(request) ? TRIES : 1;
    for (let count = 1; ; count++) {
      // A copy: a request's body can be sent once.
      const answer = await send(request.clone()).catch((lost: unknown) => {
        if (count >= tries || request.signal.aborted) throw lost;
      });
      const wait = Number(answer?.headers.get("Retry-After") ?? 0);
      const passing = !answer || PASSING.has(answer.status);
      if (answer && (!passing || count >= tries || !(wait <= LONGEST))) return answer;
      const spread = Math.random() * 0.25 * 2 ** count; // clients that failed together come back apart
      await pause(1000 * (wait + spread), request.signal);
    }
  };
}

/** PUT, PATCH and DELETE say how a thing shall be; a POST makes another, unless it has a key. */
function repeatable(request: Request): boolean {
  return request.method !== "POST" || request.headers.has("Idempotency-Key");
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
}
