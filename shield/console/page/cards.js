// One card for each act that waits: what it is, how long is left, and the two answers.

import { act } from "./act.js";
import { kindOf, verbAndObject } from "./action_kinds.js";
import { announce, element, say } from "./dom.js";
import { lookalikes } from "./parts.js";
import { canonicalMembers, readRecord, sha256, toHex } from "./record.js";
import { clock, plain, shown } from "./text.js";

function titleOf(record) {
  const [verb, object] = record ? verbAndObject(record) : ["unreadable", "request"];
  return [element("span", { class: "verb" }, verb), " ",
    element("span", { class: object.length > 80 ? "object long" : "object" }, ...shown(object))];
}

function body(record) {
  return [lookalikes(verbAndObject(record)[1]), ...act(record)].filter((part) => part !== undefined);
}

function wholeText(record, text) {
  const members = record ? canonicalMembers(record) : [text];
  return element("pre", { tabindex: "0", "aria-label": "The whole record" },
    ...members.map((member) => element("span", { class: "member" }, ...shown(member))));
}

// All of one record, for the dialog in which it is approved.
export function recordView(record, text) {
  return [
    element("h3", {}, ...titleOf(record)),
    ...body(record),
    element("p", { class: "quiet" }, "Your passkey signs the SHA-256 of this text, byte for byte:"),
    wholeText(record, text),
  ];
}

export function onlyOne(record, names) {
  if (names.length === 0) return "";
  return `Another request that waits changes the same ${kindOf(record).changed}: only one of them can win, this or ${names.join(", ")}.`;
}

// A click counts for a card that has stood still for this long (ms), and for no other.
const SETTLES = 1000;

export class Card {
  // actions: review(card); deny(item, reason), a promise that fails with a sentence.
  constructor(item, actions) {
    this.item = item;
    this.movedAt = performance.now();
    this.top = undefined;
    this.text = String(item.canonical);
    this.actions = actions;
    this.busy = false;
    this.over = false;
    this.sound = false;
    const { record, problem } = readRecord(this.text);
    this.record = record;
    this.expires = record?.expires ?? item.expires;
    this.element = element("li", {}, this.build(problem));
    this.refresh();
    this.compareDigest();
  }

  // In one breath, for a screen reader.
  get spoken() {
    if (!this.record) return "a request that cannot be shown";
    const [verb, object] = verbAndObject(this.record);
    return `${verb} ${plain(object)}${kindOf(this.record).spokenDetail(this.record)}`;
  }

  build(problem) {
    const title = `title-${this.item.request}`;
    this.title = element("h2", { id: title, tabindex: "-1" }, ...titleOf(this.record));
    this.time = element("span", { class: "time", role: "timer" });
    this.bar = element("div", { class: "bar-left", "aria-hidden": "true" });
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.progress = element("p", { class: "progress", role: "status", hidden: true });
    this.note = element("p", { class: "ended-note", role: "status", hidden: true });
    this.rivals = element("p", { class: "quiet", hidden: true });
    this.approveButton = element("button", { class: "approve", type: "button", "aria-describedby": title }, "Review and approve");
    this.denyButton = element("button", { class: "deny", type: "button", "aria-describedby": title }, "Deny");
    this.approveButton.addEventListener("click", (event) => {
      if (this.sound && this.takes(event) && !this.busy && !this.over) this.actions.review(this);
    });
    this.denyButton.addEventListener("click", (event) => {
      if (this.takes(event)) this.act("Denying…", () => this.actions.deny(this.item, ""));
    });
    if (problem) say(this.problem, `${problem} It can only be denied.`);
    return element("article", { class: "card", "aria-labelledby": title },
      this.bar,
      element("header", {}, this.title, element("p", { class: "left" }, "expires in ", this.time)),
      ...(this.record ? body(this.record) : []),
      this.rivals,
      this.wholeRecord(),
      this.problem, this.progress,
      element("div", { class: "buttons" }, this.denyButton, this.approveButton),
      this.reasonForm(), this.note);
  }

  wholeRecord() {
    this.shortDigest = element("code", { class: "digest" }, "…");
    this.digest = element("code", { class: "digest" }, "…");
    return element("details", { class: "whole" },
      element("summary", {}, "Signed record ", this.shortDigest),
      element("p", { class: "quiet" }, "Your passkey signs the SHA-256 of this text, byte for byte:"),
      wholeText(this.record, this.text),
      element("p", { class: "quiet" }, "SHA-256 ", this.digest));
  }

  reasonForm() {
    const input = element("input", { name: "reason", maxlength: "200", "aria-label": "Reason, which the agent is told" });
    const form = element("form", {}, input, element("button", { class: "plain", type: "submit" }, "Deny with this reason"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.takes(event)) this.act("Denying…", () => this.actions.deny(this.item, input.value));
    });
    return element("details", { class: "reason" }, element("summary", {}, "Deny with a reason"), form);
  }

  async compareDigest() {
    const digest = toHex(await sha256(this.text));
    this.shortDigest.textContent = `${digest.slice(0, 8)}…${digest.slice(-8)}`;
    this.digest.textContent = digest;
    if (digest !== this.item.digest) say(this.problem, "The gatekeeper’s digest is not that of this text. It can only be denied.");
    this.sound = this.record !== undefined && digest === this.item.digest;
    this.refresh();
  }

  // Looks where the card stands; called each frame, and before a click counts.
  look(at) {
    const top = this.element.offsetTop;
    if (this.top !== undefined && top !== this.top) this.movedAt = at;
    this.top = top;
    const still = at - this.movedAt >= SETTLES;
    if (still !== this.still) {
      this.still = still;
      this.refresh();
    }
  }

  // Whether what the person did was meant for this card: it stood here for a while.
  takes(event) {
    this.look(event.timeStamp);
    return this.still;
  }

  sayRivals(names) {
    say(this.rivals, onlyOne(this.record, names));
  }

  // The approval in the dialog went through.
  answered() {
    say(this.progress, "Answered.");
    this.over = true;
    this.refresh();
  }

  // It is over, whoever ended it. The card keeps its place and its height for a while, so that nothing below it moves.
  end(how) {
    if (this.ended) return;
    this.over = true;
    this.ended = true;
    this.endedAt = performance.now();
    this.element.classList.add("ended");
    say(this.note, how);
    this.refresh();
  }

  async act(doing, action) {
    if (this.busy || this.over) return;
    this.busy = true;
    if (this.sound) say(this.problem, "");
    say(this.progress, doing);
    this.refresh();
    try {
      await action();
      say(this.progress, "Answered.");
      this.over = true;
    } catch (error) {
      say(this.progress, "");
      say(this.problem, error.message);
    }
    this.busy = false;
    this.refresh();
  }

  // aria-disabled rather than disabled: the focus stays where the person put it.
  refresh() {
    const off = this.busy || this.over || !this.still;
    this.denyButton.setAttribute("aria-disabled", String(off));
    this.approveButton.setAttribute("aria-disabled", String(off || !this.sound));
  }

  // `now` in seconds by the workstation's clock.
  tick(now) {
    const left = this.expires - now;
    this.time.textContent = clock(left);
    const whole = this.record ? this.record.expires - this.record.requested : left;
    this.bar.style.setProperty("--left", String(Math.min(1, Math.max(0, left / Math.max(1, whole)))));
    this.element.classList.toggle("soon", left <= 60);
    if (left <= 60 && left > 0 && !this.warned) {
      this.warned = true;
      announce(`One minute left for ${this.spoken}`);
    }
    if (left <= 0) this.end("Expired: nobody answered in time, so the answer is no.");
  }
}
