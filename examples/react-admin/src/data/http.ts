import { ApiError, type Problem } from "./problem";

const TRIES = 4;
const LONGEST = 10; // seconds that somebody before a screen is kept waiting for the next try
const AGAIN = [429, 502, 503, 504]; // too many, or away for the moment

export interface Asked {
  method?: string;
  query?: URLSearchParams;
  headers?: Record<string, string>;
  body?: object;
  signal?: AbortSignal | undefined;
}

export type Send = <Answer>(path: string, asked?: Asked) => Promise<Answer>;

export interface Api {
  /** Where it is, with its stage: `https://api.example.org/dev`. */
  url: string;
  /** The bearer token to send, if any. */
  token?: () => string | null;
  /** Tests have their own. */
  fetch?: typeof fetch;
  pause?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Sends requests to the API; what comes is the body, or an ApiError.
 *
 * Every request may be sent again, and is, where no answer came or the API was too busy: a GET
 * changes nothing, a POST has its Idempotency-Key, and a second PATCH or DELETE finds it done.
 */
export function sender(api: Api): Send {
  const { pause = waited } = api;
  return async <Answer>(path: string, asked: Asked = {}) => {
    for (let tried = 1; ; tried++) {
      const answer = await once<Answer>(api, path, asked);
      if (!(answer instanceof Failed)) return answer;
      const seconds = answer.after ?? 0.25 * 2 ** tried * (0.5 + Math.random() / 2);
      if (!answer.again || tried === TRIES || seconds > LONGEST) throw answer.error;
      await pause(seconds, asked.signal);
    }
  };
}

class Failed {
  readonly error: ApiError;
  readonly again: boolean;
  /** The API's own Retry-After, in seconds. */
  readonly after: number | undefined;

  constructor(status: number, problem: Partial<Problem>, after?: string | null) {
    this.error = new ApiError(status, problem);
    this.again = status === 0 || AGAIN.includes(status);
    this.after = after && /^\d+$/.test(after) ? Number(after) : undefined;
  }
}

async function once<Answer>(api: Api, path: string, asked: Asked): Promise<Answer | Failed> {
  const { method = "GET", query, headers, body, signal } = asked;
  const token = api.token?.();
  const address = `${api.url.replace(/\/+$/, "")}${path}${query?.size ? `?${query}` : ""}`;
  try {
    const response = await (api.fetch ?? fetch)(address, {
      method,
      headers: {
        Accept: "application/json",
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body ? JSON.stringify(body) : null,
      signal: signal ?? null,
    });
    const text = await response.text();
    if (response.ok) return (text ? JSON.parse(text) : undefined) as Answer;
    return new Failed(response.status, problem(text), response.headers.get("Retry-After"));
  } catch (error) {
    signal?.throwIfAborted();
    return new Failed(0, { detail: `No answer from ${api.url}: ${told(error)}` });
  }
}

/** What a gateway or proxy says on its own may be no problem, nor JSON. */
function problem(text: string): Partial<Problem> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function waited(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
