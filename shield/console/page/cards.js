// One card for each act that waits: what it is, how long is left, and the two answers.

import { act, lookalikes, whyUnseen } from "./act.js";
import { announce, element, say } from "./dom.js";
import { canonicalMembers, needsSecondStep, readRecord, sha256, toHex, verbAndObject } from "./record.js";
import { clock, plain, shown } from "./text.js";

function counted(record) {
  if (record.kind !== "git.push") return "";
  const refs = record.updates.map((update) => `${update.kind} ${plain(update.ref)}`);
  const named = refs.slice(0, 3).join(", ") + (refs.length > 3 ? ` and ${refs.length - 3} more` : "");
  return `, ${named}`;
}

export class Card {
  // actions: approve(item), deny(item, reason), each a promise that fails with a sentence.
  constructor(item, actions) {
    this.item = item;
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
    return `${verb} ${plain(object)}${counted(this.record)}`;
  }

  build(problem) {
    const title = `title-${this.item.request}`;
    const [verb, object] = this.record ? verbAndObject(this.record) : ["unreadable", "request"];
    this.title = element("h2", { id: title, tabindex: "-1" },
      element("span", { class: "verb" }, verb), " ", element("span", { class: object.length > 80 ? "object long" : "object" }, ...shown(object)));
    this.time = element("span", { class: "time", role: "timer" });
    this.bar = element("div", { class: "bar-left", "aria-hidden": "true" });
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.progress = element("p", { class: "progress", role: "status", hidden: true });
    this.approveButton = element("button", { class: "approve", type: "button", "aria-describedby": title }, "Approve with passkey");
    this.denyButton = element("button", { class: "deny", type: "button", "aria-describedby": title }, "Deny");
    this.approveButton.addEventListener("click", () => {
      if (this.approvable) this.act("Waiting for your passkey…", () => this.actions.approve(this.item));
    });
    this.denyButton.addEventListener("click", () => this.act("Denying…", () => this.actions.deny(this.item, "")));
    if (problem) say(this.problem, `${problem} It can only be denied.`);
    return element("article", { class: "card", "aria-labelledby": title },
      this.bar,
      element("header", {}, this.title, element("p", { class: "left" }, "expires in ", this.time)),
      this.record ? lookalikes(object) : undefined,
      ...(this.record ? act(this.record) : []),
      this.wholeRecord(),
      this.secondStep(),
      this.problem, this.progress,
      element("div", { class: "buttons" }, this.denyButton, this.approveButton),
      this.reasonForm());
  }

  // What a person cannot see is not approved by the one button that they are used to.
  secondStep() {
    if (!this.record || !needsSecondStep(this.record)) return undefined;
    this.second = element("input", { type: "checkbox", class: "second" });
    this.second.addEventListener("change", () => this.refresh());
    return element("label", { class: "second-step" }, this.second, ` ${whyUnseen(this.record)} I approve what I cannot see.`);
  }

  get approvable() {
    return this.sound && (this.second === undefined || this.second.checked);
  }

  wholeRecord() {
    this.shortDigest = element("code", { class: "digest" }, "…");
    this.digest = element("code", { class: "digest" }, "…");
    const members = this.record ? canonicalMembers(this.record) : [this.text];
    return element("details", { class: "whole" },
      element("summary", {}, "Signed record ", this.shortDigest),
      element("p", { class: "quiet" }, "Your passkey signs the SHA-256 of this text, byte for byte:"),
      element("pre", { tabindex: "0", "aria-label": "The whole record" },
        ...members.map((member) => element("span", { class: "member" }, ...shown(member)))),
      element("p", { class: "quiet" }, "SHA-256 ", this.digest));
  }

  reasonForm() {
    const input = element("input", { name: "reason", maxlength: "200", "aria-label": "Reason, which the agent is told" });
    const form = element("form", {}, input, element("button", { class: "plain", type: "submit" }, "Deny with this reason"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("Denying…", () => this.actions.deny(this.item, input.value));
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
    const off = this.busy || this.over;
    this.denyButton.setAttribute("aria-disabled", String(off));
    this.approveButton.setAttribute("aria-disabled", String(off || !this.approvable));
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
    if (left <= 0 && !this.over) {
      this.over = true;
      say(this.problem, "Expired: nobody answered in time, so the answer is no.");
      this.refresh();
    }
  }
}
