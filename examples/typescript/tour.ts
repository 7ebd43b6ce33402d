// What a frontend does with the API, step by step: npm run tour
// URL=http://127.0.0.1:8000 and TOKEN= say where, and as whom. It deletes what it makes.
import {
  createClient,
  currentOf,
  dataOf,
  differences,
  fieldErrors,
  isProblem,
  pages,
} from "./client.js";
import type { components } from "./schema.js";

type User = components["schemas"]["User"];

const { URL: baseUrl = "http://127.0.0.1:8000", TOKEN: token } = process.env;
const client = createClient({ baseUrl, token: () => token });
const run = crypto.randomUUID().slice(0, 8); // so that it may run twice at once

function create(name: string, key: string = crypto.randomUUID()) {
  const id = `${name.toLowerCase()}-${run}`;
  return client.POST("/users", {
    params: { header: { "Idempotency-Key": key } },
    body: { id, name, email: `${id}@example.org` },
  });
}

function rename(user: User, name: string) {
  return client.PATCH("/users/{id}", {
    params: { path: { id: user.id }, header: { "If-Match": `"${user.etag}"` } },
    body: { name },
  });
}

function told(error: unknown): string {
  const faults = Object.entries(fieldErrors(error)).map(([field, { code }]) => `${field} ${code}`);
  return `${isProblem(error) ? error.status : "?"}: ${faults.sort().join(", ")}`;
}

const made: User[] = [];
for (const name of ["Ada", "Grace", "Mary", "Joan", "Lise"]) {
  made.push(dataOf(await create(name)));
}
console.log("created:", made.map((user) => user.name).join(", "));

const wrong = await client.POST("/users", { body: { name: "", email: "nobody" } });
console.log("refused:", told(wrong.error));

const taken = await client.POST("/users", {
  body: { name: "Another Ada", email: `ADA-${run}@example.org` },
});
console.log("taken:", told(taken.error));

const newestFirst = pages(async (at) => {
  const answer = await client.GET("/users", {
    params: { query: { sort: "-created_at", limit: 2, ...at } },
  });
  return dataOf(answer);
});
let seen = 0;
for await (const page of newestFirst) {
  const ours = page.filter((user) => user.id.endsWith(run));
  console.log("page:", ours.map((user) => user.name).join(", "));
  seen += ours.length;
  if (seen === made.length) break; // no further page is read
}

const ada = made[0]!;
console.log("renamed:", dataOf(await rename(ada, "Ada King")).name);

// `ada` is what was read before: somebody else's change, as far as the API can tell.
const own = { name: "Ada Byron" };
const late = await rename(ada, own.name);
const current = currentOf<User>(late.error);
if (current) {
  for (const [member, [mine, theirs]] of Object.entries(differences(own, current))) {
    console.log(`conflict: ${member} is ${String(mine)} here, ${String(theirs)} there`);
  }
  console.log("merged:", dataOf(await rename(current, "Ada Byron King")).name);
}

const key = crypto.randomUUID();
for (const result of [await create("Hedy", key), await create("Hedy", key)]) {
  const replayed = result.response.headers.has("Idempotent-Replayed");
  console.log("with a key:", dataOf(result).name, replayed ? "the first answer again" : "made");
}

for (const name of ["ada", "grace", "mary", "joan", "lise", "hedy"]) {
  dataOf(await client.DELETE("/users/{id}", { params: { path: { id: `${name}-${run}` } } }));
}
const ids = made.map((user) => user.id);
const left = dataOf(await client.GET("/users", { params: { query: { id: ids } } }));
console.log("deleted:", left.items.length, "left");
