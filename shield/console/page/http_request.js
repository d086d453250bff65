// The kind of act "http.request"; action_kinds.js says what each function is for.

import { textOrNull } from "./checks.js";
import { element } from "./dom.js";
import { HTTP_MEMBERS, httpRows } from "./http_members.js";
import { layOutJson, parameters, queryOf } from "./layout.js";
import { code, lookalikes, rows } from "./parts.js";
import { shown, shownLines } from "./text.js";

// Bytes of a body that egress puts into the record as text.
const MAX_BODY_SHOWN = 8192;

function parameterList(title, text) {
  const list = parameters(text).map(([name, value]) => [name, [code(value), lookalikes(value)]]);
  if (list.length === 0) return undefined;
  return element("section", { class: "shown-part" }, element("h3", {}, title), rows("parameters", list));
}

function isForm(record) {
  return record.headers.some(({ name, value }) =>
    name === "content-type" && value.toLowerCase().startsWith("application/x-www-form-urlencoded"));
}

function whyUnseen(record) {
  if (record.body_text !== null) return undefined;
  const size = `The body (${record.body_bytes} bytes) cannot be shown`;
  return record.body_bytes > MAX_BODY_SHOWN ? `${size}: at most ${MAX_BODY_SHOWN} bytes can.` : `${size}: it is not text.`;
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

export const httpRequest = {
  name: "http.request",
  members: { ...HTTP_MEMBERS, body_text: textOrNull },
  contradiction(record) {
    const bytes = record.body_text === null ? record.body_bytes : new TextEncoder().encode(record.body_text).length;
    return bytes === record.body_bytes ? undefined : "The record’s body is not as long as it says.";
  },
  verbAndObject: (record) => [record.method, record.url],
  parts: (record) => [parameterList("Parameters of the URL", queryOf(record.url)), bodyPart(record)],
  rows: (record) => [...(record.body_bytes === 0 ? [["Body", ["none"]]] : []), ...httpRows(record)],
  whyUnseen,
  spokenDetail: () => "",
  recentDetail: () => [],
  changes: () => [],
  changed: "",
};
