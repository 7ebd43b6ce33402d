
"use strict";
// Two have changed the same item: what is one's own beside what is kept now, to choose from.

class Conflict {
  /** `form` has what was read, and what was made of it; `current` is what is kept now. */
  constructor(form, current, etag, back) {
    Object.assign(this, { form, current, etag });
    this.mine = form.read();
    this.differing = form.controls.map(({ member }) => member)
      .filter(({ name }) => !alike(this.mine[name], current[name]));
    this.notice = new Notice();
    this.picks = el("div", { class: "picks" }, ...this.differing.map((member) => this.#pick(member)));
    const who = current.updated_at ? ` at ${moment.format(new Date(current.updated_at))}` : "";
    this.element = el("form", { class: "conflict", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#save(); } },
      el("h3", { tabindex: -1 }, "Changed meanwhile"),
      el("p", {}, `Somebody saved another version${who}, after you began. Choose what to keep of each; nothing is saved until you say so.`),
      el("div", { class: "all" }, button("Keep all of mine", () => this.#all("mine")), button("Take all of theirs", () => this.#all("theirs"))),
      this.notice.element, this.picks,
      el("div", { class: "actions" }, el("button", { class: "send" }, "Save this choice"), button("Back to the form", back)));
  }

  /** One member: where only one side changed it, that side is picked; where both did, nobody is. */
  #pick(member) {
    const { name, label } = member;
    const before = this.form.item[name] ?? null;
    const [byMe, byThem] = [!alike(before, this.mine[name]), !alike(before, this.current[name])];
    const side = (value, whose, of, picked) => el("label", { class: "side" },
      el("input", { type: "radio", name: `pick-${name}`, value: whose, checked: picked }),
      el("span", { class: "whose" }, of), el("span", { class: "value", dir: "auto" }, this.#shown(member, value)));
    return el("fieldset", { "data-name": name },
      el("legend", {}, label, byMe && byThem ? el("span", { class: "both" }, " changed by both") : ""),
      el("div", { class: "sides" },
        side(this.mine[name], "mine", "Yours", byMe && !byThem),
        side(this.current[name], "theirs", "Theirs", byThem && !byMe)),
      byMe && byThem ? el("p", { class: "hint" }, "Before: ", el("span", { dir: "auto" }, this.#shown(member, before))) : "");
  }

  #shown(member, value) {
    return textOf(member, value) || el("i", {}, "nothing");
  }

  #all(whose) {
    for (const radio of this.picks.querySelectorAll(`[value=${whose}]`)) radio.checked = true;
    this.notice.hide();
    say(whose === "mine" ? "All of yours is chosen." : "All of theirs is chosen.");
  }

  #save() {
    const values = { ...this.mine };
    for (const { name, label } of this.differing) {
      const picked = this.picks.querySelector(`[data-name="${CSS.escape(name)}"] :checked`);
      if (!picked) {
        this.notice.show(`Please choose for ${label}.`);
        return this.picks.querySelector(`[data-name="${CSS.escape(name)}"] input`).focus();
      }
      values[name] = picked.value === "mine" ? this.mine[name] : this.current[name];
    }
    this.form.on.merged(this.form, this.current, this.etag, values);
  }
}
