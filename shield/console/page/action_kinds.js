// The kinds of act that this page can put before a person: a module each, and a row here. A module exports
//   name                   `kind` in the record
//   members                what the record must hold besides what gate adds: {member: check of its value}
//   contradiction(record)  a sentence where members that are well-formed do not fit together, else undefined
//   verbAndObject(record)  the title in two parts
//   parts(record)          nodes of the card: the act itself; undefined ones are left out
//   rows(record)           [term, nodes] of the card's table of facts
//   whyUnseen(record)      a sentence where a person cannot see all that they approve, else undefined
//   spokenDetail(record)   what a screen reader says after the title
//   recentDetail(record)   nodes after the title of a decided act, whose record lacks its long members and is not checked
//   changes(record)        names of things of which only one of several acts can win; `changed` is the word for one

import { gitPush } from "./git_push.js";
import { httpRequest } from "./http_request.js";

const KINDS = new Map([
  gitPush,
  httpRequest,
].map((kind) => [kind.name, kind]));

// Undefined: this page does not know it.
export function kindOf(record) {
  return KINDS.get(record?.kind);
}

export function verbAndObject(record) {
  return kindOf(record)?.verbAndObject(record) ?? ["unknown act", String(record?.kind)];
}
