import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { only, refused, watched, type User } from "./api";

const oldest = { field: "created_at", order: "ASC" as const };

describe("pages", () => {
  let users: User[] = [];

  before(async () => void (users = await only(7)));

  function opened() {
    const { provider, asked } = watched();
    const get = async (page: number, perPage = 2, sort = oldest) => {
      const found = await provider.getList<User>("users", { pagination: { page, perPage }, sort });
      return { names: found.data.map(({ name }) => name), ...found.pageInfo, total: found.total };
    };
    return { get, asked, provider };
  }

  test("one after the other, each by one request", async () => {
    const { get, asked } = opened();
    const found = [await get(1), await get(2), await get(3), await get(4)];
    assert.deepEqual(
      found.map(({ names }) => names),
      [["User0", "User1"], ["User2", "User3"], ["User4", "User5"], ["User6"]],
    );
    assert.deepEqual(
      found.map(({ hasNextPage, hasPreviousPage }) => [hasPreviousPage, hasNextPage]),
      [[false, true], [true, true], [true, true], [true, false]],
    );
    assert.equal(found[0]?.total, undefined);
    assert.equal(asked.length, 4);
    assert.equal(asked[0], "GET /users?sort=created_at&limit=2");
    assert.match(asked[1] ?? "", /^GET \/users\?sort=created_at&limit=2&cursor=[\w-]+$/);
  });

  test("back again is one request, and so is any page that was seen", async () => {
    const { get, asked } = opened();
    for (const page of [1, 2, 3]) await get(page);
    asked.length = 0;
    assert.deepEqual((await get(2)).names, ["User2", "User3"]);
    assert.deepEqual((await get(4)).names, ["User6"]);
    assert.equal(asked.length, 2);
  });

  test("a page far ahead is walked to from the nearest that is known", async () => {
    const { get, asked } = opened();
    assert.deepEqual((await get(3)).names, ["User4", "User5"]);
    assert.equal(asked.length, 3);
    assert.deepEqual((await get(4)).names, ["User6"]);
    assert.equal(asked.length, 4);
  });

  test("a page behind the last one is empty, and has one before it", async () => {
    const { get } = opened();
    assert.deepEqual(await get(9), {
      names: [],
      hasNextPage: false,
      hasPreviousPage: true,
      total: undefined,
    });
  });

  test("a page that holds all has no other", async () => {
    const { get } = opened();
    const { names, hasNextPage, hasPreviousPage } = await get(1, 7);
    assert.deepEqual([names.length, hasPreviousPage, hasNextPage], [7, false, false]);
  });

  test("another order is another list", async () => {
    const { get } = opened();
    await get(1);
    const newest = { field: "created_at", order: "DESC" as const };
    assert.deepEqual((await get(2, 2, newest as never)).names, ["User4", "User3"]);
    assert.deepEqual((await get(2)).names, ["User2", "User3"]);
  });

  test("by id is the table's own order, and holds everyone", async () => {
    const { provider, asked } = opened();
    const sort = { field: "id", order: "ASC" as const };
    const { data } = await provider.getList<User>("users", { sort });
    assert.deepEqual(data.map(({ id }) => id).sort(), users.map(({ id }) => id).sort());
    assert.deepEqual(asked, ["GET /users?limit=25"]);
  });

  test("what cannot be sorted by is told, with what can", async () => {
    const { provider } = opened();
    const sort = { field: "name", order: "ASC" as const };
    const { status, message } = await refused(provider.getList("users", { sort }));
    assert.equal(status, 400);
    assert.match(message, /sort: Input should be 'created_at' or '-created_at'/);
  });

  test("a filter by what is unique finds one, sorted or not", async () => {
    const { provider } = opened();
    const { email } = users[3]!;
    const filter = { email: email.toUpperCase(), name: "" };
    const found = await provider.getList<User>("users", { filter, sort: oldest });
    assert.deepEqual(found.data, [users[3]]);
    assert.deepEqual(found.pageInfo, { hasNextPage: false, hasPreviousPage: false });
  });

  test("a filter that is not served is told", async () => {
    const { provider } = opened();
    const filter = { name: "Ada" };
    const { status, message } = await refused(provider.getList("users", { filter }));
    assert.deepEqual([status, /name: There is no such parameter/.test(message)], [400, true]);
  });

  test("references by what no index serves are told, too", async () => {
    const { provider } = opened();
    const asked = { target: "team", id: "1", pagination: { page: 1, perPage: 5 }, sort: oldest };
    const { message } = await refused(provider.getManyReference("users", { ...asked, filter: {} }));
    assert.match(message, /team: There is no such parameter/);
  });

  test("references by what an index serves come in pages, too", async () => {
    const { provider } = opened();
    const pagination = { page: 1, perPage: 5 };
    const asked = { target: "email", id: users[2]!.email, pagination, sort: oldest, filter: {} };
    const { data } = await provider.getManyReference<User>("users", asked);
    assert.deepEqual(data, [users[2]]);
  });

  test("a page of more than the API gives at once is filled", async () => {
    const page = { items: Array.from({ length: 100 }, (_, id) => ({ id })), next_cursor: "b" };
    const short = { items: [{ id: 100 }], next_cursor: "c" }; // as where DynamoDB cuts at 1 MB
    const answers = [page, short, { ...page, next_cursor: null }];
    const { provider, asked } = watched({ fetch: async () => Response.json(answers.shift()) });
    const pagination = { page: 1, perPage: 250 };
    assert.equal((await provider.getList("users", { pagination })).data.length, 201);
    assert.deepEqual(asked, [
      "GET /users?limit=100",
      "GET /users?limit=100&cursor=b",
      "GET /users?limit=100&cursor=c",
    ]);
  });
});

describe("cursors", () => {
  function opened(perPage: number, options: Parameters<typeof watched>[0] = {}) {
    const { provider, asked } = watched(options);
    const names = async (page: number) => {
      const wanted = { pagination: { page, perPage }, sort: oldest };
      return (await provider.getList<User>("users", wanted)).data.map(({ name }) => name);
    };
    return { provider, asked, names };
  }

  test("one that is refused is left, and the list begun again", async () => {
    await only(3);
    let broken = false;
    const { asked, names } = opened(1, {
      fetch: (address, init) =>
        fetch(broken ? String(address).replace(/cursor=[\w-]/, "cursor=!") : address, init).finally(
          () => (broken = false),
        ),
    });
    await names(1);
    broken = true;
    assert.deepEqual(await names(2), ["User1"]);
    assert.equal(asked.length, 4); // page 1; page 2, refused; both again
  });

  test("a page that ends elsewhere now moves those behind it", async () => {
    const [first, second] = await only(5);
    const { provider, names } = opened(2);
    for (const page of [1, 2, 3]) await names(page);
    await provider.deleteMany("users", { ids: [first!.id, second!.id] });
    assert.deepEqual(await names(1), ["User2", "User3"]);
    assert.deepEqual(await names(2), ["User4"]);
  });

  test("one whose item was deleted still works", async () => {
    const [, second] = await only(4);
    const { provider, names } = opened(2);
    await names(1);
    await provider.delete("users", { id: second!.id });
    assert.deepEqual(await names(2), ["User2", "User3"]);
  });
});
