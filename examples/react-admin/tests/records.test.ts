import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fields, losesFirstAnswer, made, refused, watched, type User } from "./api";

describe("reading", () => {
  test("one", async () => {
    const ada = await made();
    assert.deepEqual(await watched().provider.getOne("users", { id: ada.id }), { data: ada });
  });

  test("one that is not there", async () => {
    const { status, message } = await refused(watched().provider.getOne("users", { id: "nobody" }));
    assert.equal(status, 404);
    assert.notEqual(message, "");
  });

  test("many, a hundred at a time, without those that are not there", async () => {
    const [ada, bob] = [await made("Ada"), await made("Bob")];
    const { provider, asked } = watched();
    const others = Array.from({ length: 149 }, (_, index) => `nobody-${index}`);
    const { data } = await provider.getMany<User>("users", { ids: [ada.id, ...others, bob.id] });
    assert.deepEqual(data, [ada, bob]);
    assert.deepEqual(asked.map((each) => each.match(/id=/g)?.length), [100, 51]);
  });

  test("none asks for nothing", async () => {
    const { provider, asked } = watched();
    assert.deepEqual(await provider.getMany("users", { ids: [] }), { data: [] });
    assert.deepEqual(asked, []);
  });
});

describe("creating", () => {
  test("gives what was made", async () => {
    const data = fields("Ada");
    const made = await watched().provider.create<User>("users", { data });
    assert.deepEqual({ ...made.data, ...data }, made.data);
    assert.match(made.data.etag, /^[0-9a-f]{16}$/);
  });

  test("an answer that was lost is asked for again, and nothing made twice", async () => {
    const { provider, headers } = watched({ fetch: losesFirstAnswer() });
    const data = { name: "Ada", email: fields().email };
    const { data: created } = await provider.create<User>("users", { data });
    const keys = headers.map((each) => each.get("Idempotency-Key"));
    assert.equal(keys.length, 2);
    assert.ok(keys[0]);
    assert.equal(keys[0], keys[1]);
    assert.deepEqual(await provider.getOne("users", { id: created.id }), { data: created });
  });

  test("pressing Save again after all tries were lost asks for the same", async () => {
    let away = true;
    const { provider, headers } = watched({
      fetch: async (address, init) => {
        const answer = await fetch(address, init);
        if (away) throw new TypeError("fetch failed");
        return answer;
      },
    });
    const data = fields("Ada");
    assert.equal((await refused(provider.create("users", { data }))).status, 0);
    away = false;
    const { data: created } = await provider.create<User>("users", { data });
    assert.equal(created.email, data.email);
    assert.equal(new Set(headers.map((each) => each.get("Idempotency-Key"))).size, 1);
    const taken = await refused(provider.create("users", { data })); // and now it is another one
    assert.equal(taken.status, 409);
    assert.equal(new Set(headers.map((each) => each.get("Idempotency-Key"))).size, 2);
  });

  test("what is wrong stands at its input", async () => {
    const { status, body } = await refused(
      watched().provider.create("users", { data: { name: "", email: "ada@" } }),
    );
    assert.equal(status, 422);
    assert.deepEqual(body.errors, {
      name: "Too short.",
      email: "Must be an e-mail address.",
      "root.serverError": "Members of the body are wrong: see errors.",
    });
  });

  test("what is taken stands at its input, too", async () => {
    const { email } = await made();
    const data = { name: "Eve", email };
    const error = await refused(watched().provider.create("users", { data }));
    assert.deepEqual([error.status, error.body.code], [409, "email_taken"]);
    assert.equal(error.body.errors?.email, "Another one has this value.");
  });
});

describe("changing", () => {
  test("sends what is other than before, for the version that was read", async () => {
    const ada = await made();
    let sent: unknown;
    const { provider, headers, asked } = watched({
      fetch: (address, init) => {
        sent = JSON.parse(String(init?.body));
        return fetch(address, init);
      },
    });
    const data = { ...ada, name: "Ada Lovelace" };
    const changed = await provider.update<User>("users", { id: ada.id, data, previousData: ada });
    assert.equal(changed.data.name, "Ada Lovelace");
    assert.notEqual(changed.data.etag, ada.etag);
    assert.deepEqual(sent, { name: "Ada Lovelace" });
    assert.deepEqual(asked, [`PATCH /users/${ada.id}`]);
    assert.equal(headers[0]?.get("If-Match"), `"${ada.etag}"`);
  });

  test("nothing asks for nothing", async () => {
    const ada = await made();
    const { provider, asked } = watched();
    const data = { ...ada, updated_at: "another" };
    const change = { id: ada.id, data, previousData: ada };
    assert.deepEqual(await provider.update("users", change), { data: ada });
    assert.deepEqual(asked, []);
  });

  test("what was changed meanwhile is refused, with how it now is", async () => {
    const ada = await made();
    const { provider } = watched();
    const change = (name: string) =>
      provider.update<User>("users", { id: ada.id, data: { name }, previousData: ada });
    const { data: theirs } = await change("Theirs");
    const { status, body } = await refused(change("Mine"));
    assert.deepEqual([status, body.code, body.current], [412, "stale", theirs]);
    assert.equal(body.errors, undefined); // a form would look for them at its inputs
    const kept = { id: ada.id, data: { name: "Mine" }, previousData: theirs };
    assert.equal((await provider.update<User>("users", kept)).data.name, "Mine");
  });

  test("two who want the same have no conflict", async () => {
    const ada = await made();
    const { provider } = watched();
    const change = { id: ada.id, data: { name: "Same" }, previousData: ada };
    const { data: once } = await provider.update<User>("users", change);
    assert.deepEqual(await provider.update("users", change), { data: once });
  });

  test("an answer that was lost is no conflict", async () => {
    const ada = await made();
    const { provider, asked } = watched({ fetch: losesFirstAnswer() });
    const change = { id: ada.id, data: { name: "Once" }, previousData: ada };
    assert.equal((await provider.update<User>("users", change)).data.name, "Once");
    assert.equal(asked.length, 2);
  });

  test("a member that must be there cannot be emptied", async () => {
    const ada = await made();
    const change = { id: ada.id, data: { ...ada, name: null }, previousData: ada };
    const { status, body } = await refused(watched().provider.update("users", change));
    assert.deepEqual([status, body.errors?.name], [422, "Must be given."]);
  });

  test("many, whatever their versions", async () => {
    const ids = [(await made("Ada")).id, (await made("Bob")).id];
    const { provider, headers } = watched();
    const change = { ids, data: { name: "Both" } };
    assert.deepEqual(await provider.updateMany("users", change), { data: ids });
    assert.deepEqual(headers.map((each) => each.get("If-Match")), ["*", "*"]);
    const { data } = await provider.getMany<User>("users", { ids });
    assert.deepEqual(data.map(({ name }) => name), ["Both", "Both"]);
  });

  test("many of whom one is not there: the others are changed, and it is told", async () => {
    const ids = ["nobody", (await made()).id];
    const { provider } = watched();
    const change = { ids, data: { name: "New" } };
    const { status, message } = await refused(provider.updateMany("users", change));
    assert.equal(status, 404);
    assert.match(message, /^1 of 2: /);
    assert.equal((await provider.getOne<User>("users", { id: ids[1]! })).data.name, "New");
  });
});

describe("deleting", () => {
  test("the version that was read", async () => {
    const ada = await made();
    const { provider, headers } = watched();
    const deleted = await provider.delete("users", { id: ada.id, previousData: ada });
    assert.deepEqual(deleted, { data: ada });
    assert.equal(headers[0]?.get("If-Match"), `"${ada.etag}"`);
    assert.equal((await refused(provider.getOne("users", { id: ada.id }))).status, 404);
  });

  test("not another version", async () => {
    const ada = await made();
    const { provider } = watched();
    const read = { id: ada.id, previousData: ada };
    await provider.update("users", { ...read, data: { name: "New" } });
    const { status, body } = await refused(provider.delete("users", read));
    assert.deepEqual([status, body.current?.name], [412, "New"]);
  });

  test("what is gone already", async () => {
    const ada = await made();
    const { provider } = watched({ fetch: losesFirstAnswer() });
    const read = { id: ada.id, previousData: ada };
    assert.deepEqual(await provider.delete("users", read), { data: ada }); // asked for twice
    assert.deepEqual(await provider.delete("users", read), { data: ada });
  });

  test("many, gone or not, each once", async () => {
    const ids = ["nobody"];
    for (let index = 0; index < 12; index++) ids.push((await made()).id);
    const { provider, asked } = watched();
    assert.deepEqual(await provider.deleteMany("users", { ids }), { data: ids });
    assert.deepEqual([...asked].sort(), ids.map((id) => `DELETE /users/${id}`).sort());
    assert.deepEqual(await provider.getMany("users", { ids }), { data: [] });
  });
});
