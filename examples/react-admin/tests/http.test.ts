import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { authProvider } from "../src/authProvider";
import { changed, mergePatch } from "../src/data/changes";
import { ApiError } from "../src/data/problem";
import { first, made, refusal, refused, watched } from "./api";

describe("sending again", () => {
  test("after a broken connection, a little later each time", async () => {
    const ada = await made();
    const { provider, waits } = watched({ fetch: first(null, null, null) });
    assert.deepEqual(await provider.getOne("users", { id: ada.id }), { data: ada });
    assert.equal(waits.length, 3);
    waits.forEach((seconds, index) => {
      assert.ok(seconds >= 0.25 * 2 ** index && seconds <= 0.5 * 2 ** index, String(waits));
    });
  });

  for (const status of [429, 503]) {
    test(`after a ${status}, when it says so`, async () => {
      const ada = await made();
      const answer = refusal(status, { "Retry-After": "7" });
      const { provider, waits } = watched({ fetch: first(answer) });
      assert.deepEqual(await provider.getOne("users", { id: ada.id }), { data: ada });
      assert.deepEqual(waits, [7]);
    });
  }

  test("not for as long as nobody would wait", async () => {
    const busy = first(refusal(429, { "Retry-After": "60" }));
    const { provider, waits, asked } = watched({ fetch: busy });
    const { status, message } = await refused(provider.getOne("users", { id: "a" }));
    assert.deepEqual([status, message, waits, asked.length], [429, "Too much at once.", [], 1]);
  });

  test("four times in all", async () => {
    const busy = Array.from({ length: 5 }, () => refusal(503, { "Retry-After": "0" }));
    const { provider, asked } = watched({ fetch: first(...busy) });
    assert.equal((await refused(provider.getOne("users", { id: "a" }))).status, 503);
    assert.equal(asked.length, 4);
  });

  test("not after any other answer", async () => {
    for (const status of [400, 401, 403, 404, 500]) {
      const { provider, asked } = watched({ fetch: first(refusal(status), refusal(status)) });
      assert.equal((await refused(provider.getOne("users", { id: "a" }))).status, status);
      assert.equal(asked.length, 1);
    }
  });
});

describe("ending early", () => {
  test("ends a request", async () => {
    const leaving = new AbortController();
    const { provider, asked } = watched();
    const found = provider.getList("users", { signal: leaving.signal });
    leaving.abort();
    await assert.rejects(found, { name: "AbortError" });
    assert.equal(asked.length, 1);
  });

  test("ends a wait", async () => {
    const leaving = new AbortController();
    const busy = first(refusal(503, { "Retry-After": "9" }));
    const { provider, asked } = watched({ fetch: busy, pause: undefined as never });
    const began = performance.now();
    const found = provider.getOne("users", { id: "a", signal: leaving.signal });
    setTimeout(() => leaving.abort(), 50);
    await assert.rejects(found, { name: "AbortError" });
    assert.ok(performance.now() - began < 2000);
    assert.equal(asked.length, 1);
  });
});

describe("answers", () => {
  test("of no API at all", async () => {
    const { provider } = watched({ fetch: first(null, null, null, null) });
    const { status, message } = await refused(provider.getOne("users", { id: "a" }));
    assert.equal(status, 0);
    assert.match(message, /^No answer from http.*: fetch failed$/);
  });

  test("of a proxy, which are no problems", async () => {
    const page = new Response("<h1>Forbidden</h1>", { status: 403 });
    const { provider } = watched({ fetch: first(page) });
    const { status, message } = await refused(provider.getOne("users", { id: "a" }));
    assert.deepEqual([status, message], [403, "Something went wrong."]);
  });

  test("at inputs inside of others", () => {
    const fault = { code: "invalid", params: {}, detail: "Wrong." };
    const pointers = ["/address/city", "/tags/0", "/a~1b~0c"];
    const errors = pointers.map((pointer) => ({ ...fault, pointer }));
    const { body } = new ApiError(422, { detail: "All wrong.", errors });
    assert.deepEqual(body.errors, {
      "address.city": "Wrong.",
      "tags.0": "Wrong.",
      "a/b~c": "Wrong.",
      "root.serverError": "All wrong.",
    });
  });
});

test("the token goes with each request", async () => {
  const { provider, headers } = watched({ token: () => "abc" });
  await provider.getList("users", {});
  assert.equal(headers[0]?.get("Authorization"), "Bearer abc");
});

test("a merge patch takes out what an object is not to have any more", () => {
  const address = { id: 7, city: "London", zip: "1" };
  const before = { id: "1", name: "Ada", address, tags: ["a", "b"] };
  const data = { ...before, etag: "new", address: { id: 8, city: "London" }, tags: ["b"] };
  const wanted = changed(data, before);
  assert.deepEqual(wanted, { address: { id: 8, city: "London" }, tags: ["b"] });
  assert.deepEqual(mergePatch(wanted, before), {
    address: { id: 8, city: "London", zip: null },
    tags: ["b"],
  });
});

test("only a 401 is about who asks", async () => {
  await authProvider.checkError({ status: 403 });
  await authProvider.checkError(new ApiError(412, {}));
  await assert.rejects(authProvider.checkError(new ApiError(401, { detail: "Expired." })), {
    message: "Expired.",
  });
});
