// The action record: read strictly from the canonical text that is signed, and its digest.

import { kindOf } from "./action_kinds.js";
import { isObject, text, whole } from "./checks.js";

// What gate adds to the members of each kind.
const ADDED_BY_GATE = {
  workstation: text, agent: text, rule: text, nonce: text,
  requested: whole, expires: whole,
  credential: (value) => value === undefined || value === null || typeof value === "string",
  profile: (value) => isObject(value) && text(value.name) && whole(value.version),
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
  const kind = kindOf(record);
  if (record.v !== 1 || kind === undefined)
    return { problem: "This page does not know this kind of act, so it cannot be approved here." };
  for (const [name, fits] of Object.entries({ ...ADDED_BY_GATE, ...kind.members }))
    if (!fits(record[name])) return { problem: `The record’s “${name}” is missing or malformed.` };
  const problem = kind.contradiction(record);
  if (problem !== undefined) return { problem };
  return { record };
}

export async function sha256(canonicalText) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalText)));
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
