// The action record: read strictly from the canonical text that is signed, and its digest. No DOM here.

const HEX_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NO_OBJECT = /^0+$/;

const text = (value) => typeof value === "string" && value !== "";
const whole = (value) => Number.isSafeInteger(value) && value >= 0;

function update(value) {
  if (value === null || typeof value !== "object" || !text(value.ref)) return false;
  if (!HEX_ID.test(value.old) || !HEX_ID.test(value.new)) return false;
  const from = NO_OBJECT.test(value.old);
  const to = NO_OBJECT.test(value.new);
  const moves = value.kind === "update";
  if (moves ? value.fast_forward !== null && typeof value.fast_forward !== "boolean" : Object.hasOwn(value, "fast_forward")) return false;
  return { create: from && !to, update: !from && !to, delete: !from && to }[value.kind] === true;
}

function header(value) {
  return value !== null && typeof value === "object" && text(value.name) && typeof value.value === "string";
}

const line = (value) => value === null || typeof value === "string";
const counted = (value) => value === null || whole(value);

function commit(value) {
  return value !== null && typeof value === "object" && HEX_ID.test(value.id) && line(value.subject) && line(value.author);
}

// What each kind of record must hold before this page puts it into words.
const COMMON = {
  workstation: text, agent: text, host: text, method: text, url: text, rule: text, nonce: text,
  port: whole, body_bytes: whole, requested: whole, expires: whole,
  body_sha256: (value) => /^[0-9a-f]{64}$/.test(value),
  headers: (value) => Array.isArray(value) && value.every(header),
  credential: (value) => value === undefined || value === null || typeof value === "string",
  profile: (value) => value !== null && typeof value === "object" && text(value.name) && whole(value.version),
};
const KINDS = {
  "git.push": {
    ...COMMON,
    repository: text,
    commits: counted, trees: counted, blobs: counted,
    commits_shown: (value) => Array.isArray(value) && value.every(commit),
    updates: (value) => Array.isArray(value) && value.length > 0 && value.every(update),
  },
  "http.request": { ...COMMON, body_text: (value) => value === null || typeof value === "string" },
};

// RFC 8785 for the values that records have: text, whole numbers, null, true and false, lists, objects.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return canonicalMembers(value).join("");
}

// The same text in pieces, one a member, to be shown one a line.
export function canonicalMembers(object) {
  const keys = Object.keys(object).sort();
  if (keys.length === 0) return ["{}"];
  return keys.map((key, place) => {
    const open = place === 0 ? "{" : "";
    const close = place === keys.length - 1 ? "}" : ",";
    return `${open}${JSON.stringify(key)}:${canonical(object[key])}${close}`;
  });
}

// {record} or {problem}: a sentence. Text that is not exactly canonical is refused: a doubled key could show one thing and mean another.
export function readRecord(canonicalText) {
  let record;
  try {
    record = JSON.parse(canonicalText);
  } catch {
    return { problem: "The record is not JSON." };
  }
  if (record === null || typeof record !== "object" || canonical(record) !== canonicalText)
    return { problem: "The record is not in canonical form." };
  if (record.v !== 1 || !Object.hasOwn(KINDS, record.kind))
    return { problem: "This page does not know this kind of act, so it cannot be approved here." };
  if (typeof record.body_text === "string" && new TextEncoder().encode(record.body_text).length !== record.body_bytes)
    return { problem: "The record’s body is not as long as it says." };
  for (const [name, fits] of Object.entries(KINDS[record.kind]))
    if (!fits(record[name])) return { problem: `The record’s “${name}” is missing or malformed.` };
  return { record };
}

export async function sha256(canonicalText) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalText)));
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Deletes first, then what is no fast-forward: nothing that destroys may hide at the end of a long list.
export function orderedUpdates(record) {
  const rank = ({ kind, fast_forward: fast }) => ({ delete: 0, update: fast === true ? 2 : 1, create: 3 })[kind];
  return record.updates.toSorted((a, b) => rank(a) - rank(b));
}

// Bytes of a body that egress puts into the record as text.
export const MOST_BODY_SHOWN = 8192;

// Whether a person must say that they approve what they cannot see.
export function needsSecondStep(record) {
  return record.kind === "git.push" ? record.commits === null : record.body_text === null;
}

export function verbAndObject(record) {
  if (record.kind === "git.push") return ["push", record.repository];
  return [record.method, record.url];
}
