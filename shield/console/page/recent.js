// What was decided lately, newest first.

import { element } from "./dom.js";
import { shown } from "./text.js";
import { verbAndObject } from "./record.js";

function refs(record) {
  if (!Array.isArray(record.updates)) return [];
  const [first, ...others] = record.updates;
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return [" · ", element("code", {}, ...shown(String(first?.ref), 60)), more];
}

function line(decision) {
  const at = new Date(decision.at * 1000);
  const [verb, object] = verbAndObject(decision.record);
  const by = decision.by ? [" by ", ...shown(decision.by, 40)] : [];
  return element("li", { class: decision.verdict },
    element("span", { class: "verdict" }, decision.verdict),
    element("span", { class: "act" }, `${verb} `, ...shown(String(object), 60), ...refs(decision.record)),
    element("span", { class: "when" },
      element("time", { datetime: at.toISOString() }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })), ...by));
}

export function showRecent(list, section, decisions) {
  section.hidden = decisions.length === 0;
  list.replaceChildren(...decisions.toSorted((a, b) => b.at - a.at).map(line));
}
