// What was decided lately, newest first.

import { kindOf, verbAndObject } from "./action_kinds.js";
import { element } from "./dom.js";
import { shown } from "./text.js";

// 2027-01-31 21:47, by this device's clock: no day is mistaken for another, no evening for a morning.
function when(at) {
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

// What upstream made of what was approved; nothing before that is known.
function outcome({ outcome: told }) {
  if (told === undefined) return undefined;
  const status = told.status === 0 ? "" : ` (${told.status})`;
  const words = { true: `upstream took it${status}`, false: `upstream did not take it${status}` }[told.taken]
    ?? `what became of it upstream is not known${status}`;
  const why = told.refused.map(({ ref, reason }) => `${ref}: ${reason}`);
  if (told.text !== "") why.unshift(told.text);
  return element("span", { class: told.taken === true ? "outcome" : "outcome bad" },
    words, why.length > 0 ? ": " : "", ...shown(why.join("; "), 300));
}

function line(decision) {
  const at = new Date(decision.at * 1000);
  const [verb, object] = verbAndObject(decision.record);
  const by = decision.by ? [" by ", ...shown(decision.by, 40)] : [];
  const why = decision.reason ? [element("span", { class: "why" }, ...shown(decision.reason, 200))] : [];
  return element("li", { class: decision.verdict },
    element("span", { class: "verdict" }, decision.verdict),
    element("span", { class: "act" }, `${verb} `, ...shown(String(object), 60),
      ...(kindOf(decision.record)?.recentDetail(decision.record) ?? []), " ",
      element("code", { class: "id" }, ...shown(String(decision.request), 20)), ...why),
    outcome(decision),
    element("span", { class: "when" }, element("time", { datetime: at.toISOString() }, when(at)), ...by));
}

export function showRecent(list, section, decisions) {
  section.hidden = decisions.length === 0;
  list.replaceChildren(...decisions.toSorted((a, b) => b.at - a.at).map(line));
}
