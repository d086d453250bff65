// The kind of act "git.push"; action_kinds.js says what each function is for.

import { isObject, listOf, text, textOrNull, wholeOrNull } from "./checks.js";
import { element } from "./dom.js";
import { HTTP_MEMBERS, httpRows } from "./http_members.js";
import { code, lookalikes, mark } from "./parts.js";
import { plain, shown } from "./text.js";

const HEX_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NO_OBJECT = /^0+$/;
const UPDATES_SHOWN = 12;
const UPDATES_SPOKEN = 3;

function update(value) {
  if (!isObject(value) || !text(value.ref)) return false;
  if (!HEX_ID.test(value.old) || !HEX_ID.test(value.new)) return false;
  const from = NO_OBJECT.test(value.old);
  const to = NO_OBJECT.test(value.new);
  const moves = value.kind === "update";
  if (moves ? value.fast_forward !== null && typeof value.fast_forward !== "boolean" : Object.hasOwn(value, "fast_forward")) return false;
  return { create: from && !to, update: !from && !to, delete: !from && to }[value.kind] === true;
}

function commit(value) {
  return isObject(value) && HEX_ID.test(value.id) && textOrNull(value.subject) && textOrNull(value.author);
}

// Deletes first, then what is no fast-forward: nothing that destroys may hide at the end of a long list.
function orderedUpdates(record) {
  const rank = (one) => ({ delete: 0, update: one.fast_forward === true ? 2 : 1, create: 3 })[one.kind];
  return record.updates.toSorted((a, b) => rank(a) - rank(b));
}

function objectId(hex) {
  return element("code", { class: "id", title: hex }, hex.slice(0, 10));
}

function change(one) {
  if (one.kind === "create") return ["new, at ", objectId(one.new)];
  if (one.kind === "delete") return ["was ", objectId(one.old)];
  return [objectId(one.old), element("span", { "aria-label": "becomes" }, " → "), objectId(one.new)];
}

// What an update may drop. That it is a fast-forward is said only where the pack shows it.
function loss(one) {
  if (one.kind !== "update" || one.fast_forward === true) return undefined;
  return element("strong", { class: "loss" }, one.fast_forward === false
    ? "not a fast-forward: commits of this ref are dropped"
    : "not shown to be a fast-forward: commits of this ref may be dropped");
}

function updateLine(one) {
  const drops = loss(one);
  return element("li", { class: `ref ${one.kind}${drops ? " drops" : ""}` },
    code(one.ref, "name"),
    lookalikes(one.ref),
    drops,
    element("span", { class: "change" }, element("strong", { class: "kind" }, one.kind), " ", ...change(one)));
}

function updateList(record) {
  const updates = orderedUpdates(record);
  const lines = updates.slice(0, UPDATES_SHOWN).map(updateLine);
  const left = updates.length - lines.length;
  if (left > 0) {
    const more = element("details", { class: "more" }, element("summary", {}, `${left} more refs`),
      element("ul", {}, ...updates.slice(UPDATES_SHOWN).map(updateLine)));
    lines.push(element("li", {}, more));
  }
  return element("ul", { class: "updates", "aria-label": "Refs" }, ...lines);
}

function commitLine(one) {
  const words = (line) => (line === null ? [mark("not plain text")] : shown(line));
  return element("li", {}, objectId(one.id), " ", element("span", { class: "subject" }, ...words(one.subject)),
    " ", element("span", { class: "quiet" }, ...words(one.author)));
}

// Subjects and authors are the agent's words.
function commitList(record) {
  if (record.commits_shown.length === 0) return undefined;
  const left = record.commits === null ? undefined : record.commits - record.commits_shown.length;
  const more = left === undefined ? "there may be more" : `${left} more ${left === 1 ? "is" : "are"} not shown`;
  return element("section", { class: "shown-part" }, element("h3", {}, "What the commits say of themselves"),
    element("ul", { class: "commits" }, ...record.commits_shown.map(commitLine)),
    left === 0 ? undefined : element("p", { class: "quiet" }, `…and ${more}.`));
}

function commitCount(record) {
  if (record.commits === null) return [mark("could not be counted")];
  return [`${record.commits}, with ${record.trees} directories and ${record.blobs} files, new or changed`];
}

export const gitPush = {
  name: "git.push",
  members: {
    ...HTTP_MEMBERS,
    repository: text,
    commits: wholeOrNull, trees: wholeOrNull, blobs: wholeOrNull,
    commits_shown: listOf(commit),
    updates: (value) => Array.isArray(value) && value.length > 0 && value.every(update),
  },
  contradiction: () => undefined,
  verbAndObject: (record) => ["push", record.repository],
  parts: (record) => [updateList(record), commitList(record)],
  rows: (record) => [["Commits", commitCount(record)], ...httpRows(record)],
  whyUnseen: (record) => (record.commits === null ? "The pack of this push could not be read." : undefined),
  spokenDetail(record) {
    const refs = record.updates.map((one) => `${one.kind} ${plain(one.ref)}`);
    const named = refs.slice(0, UPDATES_SPOKEN).join(", ");
    return `, ${named}${refs.length > UPDATES_SPOKEN ? ` and ${refs.length - UPDATES_SPOKEN} more` : ""}`;
  },
  recentDetail(record) {
    if (!Array.isArray(record.updates)) return [];
    const [first, ...others] = record.updates;
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return [" · ", element("code", {}, ...shown(String(first?.ref), 60)), more];
  },
  // Another that changes a ref of this one will be refused upstream once this one was sent.
  changes: (record) => record.updates.map(({ ref }) => `${record.host} ${record.repository} ${ref}`),
  changed: "ref",
};
