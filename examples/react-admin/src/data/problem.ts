import type { RaRecord } from "react-admin";

/** The one shape of the API's errors: RFC 9457, with a code from a closed list. */
export interface Problem {
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: Fault[];
  /** Of a 412: the record as it now is. */
  current?: RaRecord;
}

export interface Fault {
  pointer?: string;
  parameter?: string;
  header?: string;
  code: string;
  params: Record<string, unknown>;
  detail: string;
}

/** What a form shows at its inputs, by source. `root.serverError` is about the form as a whole. */
export type FieldErrors = Record<string, string>;

/** What went wrong, as react-admin looks for it: `status`, `message`, and `body.errors`. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: Partial<Omit<Problem, "errors">> & { errors?: FieldErrors };

  constructor(status: number, problem: Partial<Problem>) {
    const { errors = [], ...rest } = problem;
    const fields = fieldErrors(errors, told(problem));
    super(told(problem));
    this.name = "ApiError";
    this.status = status;
    this.body = fields ? { ...rest, errors: fields } : rest;
  }
}

/** By source, where a fault is one of the body; of a query or header no form has an input. */
function fieldErrors(faults: Fault[], whole: string): FieldErrors | undefined {
  const found = faults.flatMap(({ pointer, detail }) =>
    pointer ? [[source(pointer), detail]] : [],
  );
  return found.length ? { ...Object.fromEntries(found), "root.serverError": whole } : undefined;
}

/** The input for a JSON Pointer (RFC 6901): `/address/city` is that of `address.city`. */
function source(pointer: string): string {
  const names = pointer.split("/").slice(1);
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~")).join(".");
}

function told({ title, detail, errors = [] }: Partial<Problem>): string {
  const elsewhere = errors.flatMap(({ parameter, header, detail }) => {
    const where = parameter ?? header;
    return where ? [`${where}: ${detail}`] : [];
  });
  return [detail ?? title ?? "Something went wrong.", ...elsewhere].join(" ");
}

/** Whether this is a 412, and how the record now is. */
export function conflict(error: unknown): RaRecord | undefined {
  return error instanceof ApiError && error.status === 412 ? error.body.current : undefined;
}
