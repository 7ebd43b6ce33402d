// What does not compile: each line below must be an error, or `npm run check` fails.
import { createClient, dataOf } from "./client.js";

const client = createClient({ baseUrl: "http://127.0.0.1:8000" });

export async function mistakes(): Promise<void> {
  // @ts-expect-error There is no such path.
  await client.GET("/user");
  // @ts-expect-error It lacks a required member.
  await client.POST("/users", { body: { name: "Ada" } });
  // @ts-expect-error A user has no such member.
  await client.POST("/users", { body: { name: "Ada", email: "ada@example.org", age: 36 } });
  // @ts-expect-error Nor has a list such a parameter, among those that it has.
  await client.GET("/users", { params: { query: { limit: 5, page: 2 } } });
  // @ts-expect-error A list is not sorted by that.
  await client.GET("/users", { params: { query: { sort: "name" } } });
  // @ts-expect-error An update needs an id.
  await client.PATCH("/users/{id}", { body: { name: "Ada" } });
  await client.DELETE("/users/{id}", {
    // @ts-expect-error There is no such header.
    params: { path: { id: "ada" }, header: { "If-Mach": "*" } },
  });
  const user = dataOf(await client.GET("/users/{id}", { params: { path: { id: "ada" } } }));
  // @ts-expect-error Nor does an answer have other members than the document says.
  user.surname;
  // @ts-expect-error This one may be null.
  user.created_at.slice(0, 10);
}
