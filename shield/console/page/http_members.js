// What every act has that is one HTTP request: the members of its record, and the lines of a card about them.

import { isObject, listOf, text, whole } from "./checks.js";
import { code, lookalikes } from "./parts.js";

// Fields that rarely make another act of a request: they come after the others.
const LAST_FIELDS = ["accept", "accept-encoding", "accept-language", "user-agent"];

function header(value) {
  return isObject(value) && text(value.name) && typeof value.value === "string";
}

export const HTTP_MEMBERS = {
  host: text, method: text, url: text,
  port: whole, body_bytes: whole,
  body_sha256: (value) => /^[0-9a-f]{64}$/.test(value),
  headers: listOf(header),
};

// Rows of [term, nodes].
export function httpRows(record) {
  const port = record.port === 443 ? "" : ` port ${record.port}`;
  const last = ({ name }) => LAST_FIELDS.includes(name);
  return [
    ...record.headers.toSorted((a, b) => last(a) - last(b)).map(({ name, value }) => ["Header", [code(`${name}: ${value}`)]]),
    ["To", [code(record.host), port, lookalikes(record.host)]],
  ];
}
