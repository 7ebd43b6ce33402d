
"use strict";
// The rows of a long table: only those in sight, and a few around them, are in the page.

const AROUND = 8; // rows kept above and below what is in sight

class Rows {
  /** `make` gives the row of an index; `far` is called where the keyboard asks for more than there is. */
  constructor(scroller, body, make, far) {
    Object.assign(this, { scroller, body, make, far });
    this.count = 0;
    this.active = 0; // the row that Tab leads to
    this.shown = new Map(); // index: row
    this.height = 0; // of a row, in pixels; measured, for it depends on the width and on fonts
    scroller.addEventListener("scroll", () => this.#soon(), { passive: true });
    scroller.addEventListener("keydown", (event) => this.#pressed(event));
    body.addEventListener("focusin", (event) => this.#entered(event.target.closest("tr")));
    this.watcher = new ResizeObserver(() => this.#resized());
    this.watcher.observe(scroller);
  }

  end() {
    this.watcher.disconnect();
    this.scroller.tabIndex = -1;
  }

  /** There are this many now; those before are as they were. */
  grow(count) {
    this.count = count;
    this.draw();
  }

  /** Make them all anew: something in them has changed. */
  redraw() {
    const had = this.body.contains(document.activeElement);
    this.active = Math.max(0, Math.min(this.active, this.count - 1));
    for (const [index, row] of this.shown) { // each in its place: with none of them, it would scroll up
      if (index >= this.count) {
        row.remove();
        this.shown.delete(index);
        continue;
      }
      this.shown.set(index, this.#made(index));
      row.replaceWith(this.shown.get(index));
    }
    this.draw();
    if (had) this.focus(this.active);
  }

  /** What is in sight has another height, or a row has. */
  #resized() {
    const before = this.height;
    if (this.count && before) this.height = this.#measured();
    if (before && this.height !== before) this.scroller.scrollTop *= this.height / before;
    this.draw();
  }

  draw() {
    if (!this.count) return this.#pad(0, 0);
    this.height ||= this.#measured();
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, Math.min(Math.floor(scrollTop / this.height), this.count - 1) - AROUND);
    const last = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / this.height) + AROUND);
    const out = [...this.shown].filter(([index]) => index < first || index >= last);
    // First: a focus that moves lays the page out, and between rows and padding that is too short.
    if (out.some(([, row]) => row.contains(document.activeElement))) this.#hold();
    for (const [index, row] of out) {
      row.remove();
      this.shown.delete(index);
    }
    let before = null;
    for (let index = last - 1; index >= first; index -= 1) {
      if (!this.shown.has(index)) this.shown.set(index, this.body.insertBefore(this.#made(index), before));
      before = this.shown.get(index);
    }
    this.#pad(first, this.count - last);
  }

  /** Lead to a row, and put the focus on its link. */
  focus(index) {
    if (!this.count) return;
    this.active = Math.max(0, Math.min(index, this.count - 1));
    const top = this.active * this.height;
    const head = this.scroller.querySelector("thead").offsetHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + this.height + head > scrollTop + clientHeight) this.scroller.scrollTop = top + this.height + head - clientHeight;
    this.draw();
    this.shown.get(this.active)?.querySelector("a").focus({ preventScroll: true });
    if (index >= this.count - 1) this.far();
  }

  #made(index) {
    const row = this.make(index);
    row.dataset.index = index;
    row.querySelector("a").tabIndex = index === this.active ? 0 : -1;
    return row;
  }

  #measured() {
    const there = this.shown.values().next().value;
    const row = there ?? this.body.appendChild(this.make(0));
    const { height } = row.getBoundingClientRect();
    if (!there) row.remove();
    return height || 1;
  }

  #pad(above, below) {
    this.body.style.paddingTop = `${above * this.height}px`;
    this.body.style.paddingBottom = `${below * this.height}px`;
  }

  #soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  /** The row with the focus scrolls out of sight: the table holds it, and the next key leads back. */
  #hold() {
    this.scroller.tabIndex = -1;
    this.scroller.focus({ preventScroll: true });
  }

  #entered(row) {
    if (!row) return;
    const before = this.shown.get(this.active)?.querySelector("a");
    if (before) before.tabIndex = -1;
    this.active = Number(row.dataset.index);
    row.querySelector("a").tabIndex = 0;
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.height) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
    if (!(event.key in steps) || !this.count) return;
    event.preventDefault();
    this.focus(this.active + steps[event.key]);
  }
}
