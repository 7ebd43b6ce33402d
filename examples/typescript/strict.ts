// openapi-fetch infers the type of its options from what it is given, so a member that the API does
// not know passes unseen (https://github.com/openapi-ts/openapi-typescript/issues/2329). Here they
// have the type that the document gives them, and a mistyped member does not compile.
import type { Client, FetchOptions, FetchResponse } from "openapi-fetch";
import type {
  FilterKeys,
  HttpMethod,
  PathsWithMethod,
  RequiredKeysOf,
} from "openapi-typescript-helpers";

/** What is asked for: of a list, not its items as lines (application/x-ndjson). */
type Json = "application/json" | "application/problem+json";

type Operation<Path, Method> = Extract<FilterKeys<Path, Method>, object>;

type Call<Paths extends object, Method extends HttpMethod> = <
  Path extends PathsWithMethod<Paths, Method>,
>(
  path: Path,
  ...options: Arguments<FetchOptions<Operation<Paths[Path], Method>>>
) => Promise<FetchResponse<Operation<Paths[Path], Method>, object, Json>>;

type Arguments<Options> =
  RequiredKeysOf<Options> extends never ? [options?: Options] : [options: Options];

type Methods<Paths extends object> = {
  [Method in "get" | "put" | "post" | "delete" | "patch" as Uppercase<Method>]: Call<Paths, Method>;
};

/** A client that knows every member; its `request` is as openapi-fetch has it, for `parseAs`. */
export type StrictClient<Paths extends object> = Methods<Paths> &
  Omit<Client<Paths>, keyof Methods<Paths>>;
