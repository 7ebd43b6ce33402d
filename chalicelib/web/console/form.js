
"use strict";
// The form of one item, new or kept. What is typed stays, in the tab, until it is saved or given up.

class ItemForm {
  /** `item` and `etag` are what is kept, null for a new one; `on` is told what becomes of it. */
  constructor(resource, item, etag, on) {
    Object.assign(this, { resource, on, fresh: !item, sending: false });
    this.kept = `draft ${root}${item ? resource.pathOf(item[resource.key]) : resource.path}`;
    this.notice = new Notice();
    this.controls = (item ? resource.changing ?? [] : resource.creating).map((member) => new Control(member, "item"));
    this.fields = el("fieldset", {}, el("legend", { class: "unseen" }, item ? "What may be changed" : `The new ${resource.one}`),
      ...this.controls.map((control) => control.element));
    this.button = el("button", { class: "send", "aria-keyshortcuts": "Control+Enter" }, this.#label);
    this.actions = el("div", { class: "actions" }, this.controls.length ? this.button : "");
    this.element = el("form", {
      class: "item", novalidate: true, autocomplete: "off", oninput: (event) => this.#typed(event),
      onsubmit: (event) => { event.preventDefault(); this.save(); },
    }, this.notice.element, this.fields, this.actions);
    if (item) this.begin(item, etag);
    this.#restore();
  }

  get #label() {
    return this.fresh ? `Create ${this.resource.one}` : "Save";
  }

  get touched() {
    return this.controls.some((control) => control.touched);
  }

  /** From now on this is what is kept, and what the fields show. */
  begin(item, etag) {
    Object.assign(this, { item, etag });
    for (const control of this.controls) control.set(item[control.member.name]);
  }

  /** From now on this is what is kept; the fields show `values`, of which some may differ from it. */
  rebase(item, etag, values) {
    this.begin(item, etag);
    for (const control of this.controls) control.text = textOf(control.member, values[control.member.name]);
    this.#keep();
  }

  /** What is typed is given up. */
  discard() {
    sessionStorage.removeItem(this.kept);
    this.notice.hide();
    for (const control of this.controls) control.set(control.base);
  }

  /** The values of all fields; null where one cannot be read, which is then told beside it. */
  read() {
    const values = {};
    for (const control of this.controls) {
      try {
        control.mark("");
        values[control.member.name] = control.read();
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        control.mark(error.message);
      }
    }
    return this.#lead() ? null : values;
  }

  async save() {
    if (this.sending) return;
    this.notice.hide();
    const values = this.read();
    if (!values) return this.notice.show("Not sent yet: please look at what is marked.");
    const request = this.fresh ? this.#creation(values) : this.#change(values);
    if (!request) return this.notice.show("Nothing has changed.");
    this.#busy(true);
    const answer = await sendPatiently(this.notice, ...request);
    this.#busy(false);
    this.#answered(answer, values);
  }

  #creation(values) {
    this.key ??= newKey(); // one key for one form: sent again, it makes nothing twice
    this.#keep();
    const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
    const headers = { "Content-Type": "application/json", "Idempotency-Key": this.key };
    return ["POST", this.resource.path, { headers, body: written(body) }];
  }

  #change(values) {
    const before = this.#own(this.item);
    if (alike(before, values)) return null;
    const { replaces, key } = this.resource;
    const body = replaces ? values : mergePatch(before, values);
    const type = replaces ? "application/json" : "application/merge-patch+json";
    const headers = { "Content-Type": type, ...(this.etag && { "If-Match": this.etag }) };
    return [replaces ? "PUT" : "PATCH", this.resource.pathOf(this.item[key]), { headers, body: written(body) }];
  }

  /** Of an item, what this form may change. */
  #own(item) {
    return Object.fromEntries(this.controls.map(({ member: { name } }) => [name, item[name] ?? null]));
  }

  #answered(answer, values) {
    const { status, problem, value, etag } = answer;
    if (answer.ok) return this.#done(value, etag, answer.headers.has("Idempotent-Replayed"));
    if (status === 412 && problem.current) {
      // Sent once more after an answer that was lost: what is kept is what was to be.
      if (alike(this.#own(problem.current), values)) return this.#done(problem.current, etag, true);
      return this.on.conflict(this, problem.current, etag);
    }
    this.#refused(answer);
  }

  #done(item, etag, before) {
    sessionStorage.removeItem(this.kept);
    this.key = null;
    const { fresh } = this;
    if (!fresh) this.begin(item, etag);
    else for (const control of this.controls) control.set(control.base); // nothing here is unsaved
    this.on.saved(item, etag, { fresh, before });
  }

  #refused(answer) {
    const { status, problem } = answer;
    const lost = problem.errors.filter((error) => !this.#mark(error)).map(({ pointer, detail }) => `${pointer ?? ""} ${detail}`);
    const again = () => this.save();
    if (problem.code.startsWith("idempotency_key_")) {
      this.notice.show("This form has created one already: it was sent before, and the answer was lost.",
        button("Create another one", () => { this.key = null; this.save(); }));
    } else if (status === 404 && !this.fresh) {
      this.notice.show("Somebody has deleted it meanwhile. What you typed is still here.",
        this.resource.creating ? button("Create it anew", () => this.on.anew(this)) : null);
    } else {
      const marked = this.#lead();
      if (marked && problem.code === "invalid_body" && !lost.length) return this.notice.show("Not saved: please look at what is marked.");
      const safe = status === 0 || status >= 500 ? " What you typed is still here, and sending it again is safe." : "";
      this.notice.show([sentence(answer) + safe, ...lost].join(" "), ...(marked ? [] : remedies(answer, again)));
    }
  }

  /** Tell at its field what is wrong with it; whether there is such a field. */
  #mark({ pointer, detail }) {
    const [, name, ...within] = (pointer ?? "").split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const control = this.controls.find(({ member }) => member.name === name);
    control?.mark(within.length ? `${within.join(" / ")}: ${detail}` : detail);
    return !!control;
  }

  /** Lead to the first field that is marked; whether there is one. */
  #lead() {
    const wrong = this.element.querySelector("[aria-invalid]");
    wrong?.focus();
    return !!wrong;
  }

  #busy(sending) {
    if (sending) this.focused = this.fields.contains(document.activeElement) && document.activeElement;
    this.sending = sending;
    this.fields.disabled = sending;
    this.button.textContent = sending ? "Saving…" : this.#label;
    this.button.setAttribute("aria-disabled", sending);
    if (!sending && this.focused) this.focused.focus();
  }

  #typed({ target }) {
    this.controls.find(({ input }) => input === target)?.mark("");
    this.#keep();
    this.on.typed?.();
  }

  #keep() {
    if (!this.touched) return sessionStorage.removeItem(this.kept);
    const texts = this.controls.filter(({ touched }) => touched).map(({ member, text }) => [member.name, text]);
    sessionStorage.setItem(this.kept, written({ texts, key: this.key, item: this.item, etag: this.etag }));
  }

  #restore() {
    const draft = parsed(sessionStorage.getItem(this.kept));
    if (!draft) return;
    if (draft.item) this.begin(draft.item, draft.etag); // a change is of what was read then
    this.key = draft.key;
    const texts = new Map(draft.texts);
    for (const control of this.controls) control.text = texts.get(control.member.name) ?? control.text;
    this.notice.show("What you typed before is back. It is not saved yet.", button("Give it up", () => this.discard()));
  }
}
