// The act of a record, put before a person: all that is signed and that they can judge. For cards and dialogs alike.

import { element } from "./dom.js";
import { layOutJson, parameters, queryOf } from "./layout.js";
import { MOST_BODY_SHOWN, orderedUpdates } from "./record.js";
import { foreign, shown, shownLines } from "./text.js";

const UPDATES_SHOWN = 12;
// Fields that rarely make another act of a request: after the others.
const LAST_FIELDS = ["accept", "accept-encoding", "accept-language", "user-agent"];

function code(text, name = "code") {
  return element("code", { class: name }, ...shown(text));
}

function mark(text) {
  return element("span", { class: "mark" }, text);
}

function objectId(hex) {
  return element("code", { class: "id", title: hex }, hex.slice(0, 10));
}

function change(update) {
  if (update.kind === "create") return ["new, at ", objectId(update.new)];
  if (update.kind === "delete") return ["was ", objectId(update.old)];
  return [objectId(update.old), element("span", { "aria-label": "becomes" }, " → "), objectId(update.new)];
}

export function lookalikes(text) {
  const found = foreign(text);
  if (found.length === 0) return undefined;
  return mark(`Not plain ASCII: ${found.join(", ")}`);
}

// What an update may drop. That it is a fast-forward is said only where the pack shows it.
function loss(update) {
  if (update.kind !== "update" || update.fast_forward === true) return undefined;
  return element("strong", { class: "loss" }, update.fast_forward === false
    ? "not a fast-forward: commits of this ref are dropped"
    : "not shown to be a fast-forward: commits of this ref may be dropped");
}

function updateLine(update) {
  const drops = loss(update);
  return element("li", { class: `ref ${update.kind}${drops ? " drops" : ""}` },
    code(update.ref, "name"),
    lookalikes(update.ref),
    drops,
    element("span", { class: "change" }, element("strong", { class: "kind" }, update.kind), " ", ...change(update)));
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

function rows(name, list) {
  return element("dl", { class: name },
    ...list.map(([term, value]) => element("div", {}, element("dt", {}, ...shown(term)),
      element("dd", {}, ...value.filter((part) => part !== undefined)))));
}

function parameterList(title, text) {
  const list = parameters(text).map(([name, value]) => [name, [code(value), lookalikes(value)]]);
  if (list.length === 0) return undefined;
  return element("section", { class: "shown-part" }, element("h3", {}, title), rows("parameters", list));
}

function isForm(record) {
  return record.headers.some(({ name, value }) =>
    name === "content-type" && value.toLowerCase().startsWith("application/x-www-form-urlencoded"));
}

// Why the body is not there to be judged; only where it is not.
export function whyUnseen(record) {
  if (record.kind === "git.push") return "The pack of this push could not be read.";
  const size = `The body (${record.body_bytes} bytes) cannot be shown`;
  return record.body_bytes > MOST_BODY_SHOWN ? `${size}: at most ${MOST_BODY_SHOWN} bytes can.` : `${size}: it is not text.`;
}

function bodyPart(record) {
  const size = element("h3", {}, `Body, ${record.body_bytes} bytes`);
  const text = record.body_text;
  if (text === null) return element("section", { class: "shown-part" }, size, element("p", { class: "problem" }, whyUnseen(record)));
  if (text === "") return undefined;
  const json = layOutJson(text);
  if (!json && isForm(record)) return parameterList(`Body, ${record.body_bytes} bytes, a form`, text);
  const doubled = json?.doubled.map((name) => element("p", { class: "problem" }, "The name “", ...shown(name),
    "” stands twice in one object: servers take one or the other.")) ?? [];
  const lines = shownLines(json ? json.lines : text.split(/\r?\n/u));
  return element("section", { class: "shown-part" }, size, ...doubled,
    element("pre", { class: "body", "aria-label": "The body" }, ...lines), lookalikes(text));
}

function commitLine(commit) {
  const words = (text) => (text === null ? [mark("not plain text")] : shown(text));
  return element("li", {}, objectId(commit.id), " ", element("span", { class: "subject" }, ...words(commit.subject)),
    " ", element("span", { class: "quiet" }, ...words(commit.author)));
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

function sizeRows(record) {
  if (record.kind !== "git.push") return record.body_bytes === 0 ? [["Body", ["none"]]] : [];
  if (record.commits === null) return [["Commits", [mark("could not be counted")]]];
  return [["Commits", [`${record.commits}, with ${record.trees} directories and ${record.blobs} files, new or changed`]]];
}

function facts(record) {
  const port = record.port === 443 ? "" : ` port ${record.port}`;
  const profile = [" · profile ", code(record.profile.name), ` version ${record.profile.version}`];
  const last = ({ name }) => LAST_FIELDS.includes(name);
  return rows("facts", [
    ...sizeRows(record),
    ...record.headers.toSorted((a, b) => last(a) - last(b)).map(({ name, value }) => ["Header", [code(`${name}: ${value}`)]]),
    ["To", [code(record.host), port, lookalikes(record.host)]],
    ["From", [code(`${record.workstation}/${record.agent}`)]],
    ["Credential", record.credential ? [code(record.credential)] : ["none"]],
    ["Rule", [code(record.rule), ...profile]],
  ]);
}

// Nodes to append.
export function act(record) {
  const parts = record.kind === "git.push"
    ? [updateList(record), commitList(record)]
    : [parameterList("Parameters of the URL", queryOf(record.url)), bodyPart(record)];
  return [...parts, facts(record)].filter((part) => part !== undefined);
}
