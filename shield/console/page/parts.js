// Pieces of a card, for every kind of act.

import { element } from "./dom.js";
import { foreign, shown } from "./text.js";

export function code(text, name = "code") {
  return element("code", { class: name }, ...shown(text));
}

export function mark(text) {
  return element("span", { class: "mark" }, text);
}

// Names letters that may pass for others; undefined where there is none.
export function lookalikes(text) {
  const found = foreign(text);
  if (found.length === 0) return undefined;
  return mark(`Not plain ASCII: ${found.join(", ")}`);
}

// `list` is of [term, nodes].
export function rows(name, list) {
  return element("dl", { class: name },
    ...list.map(([term, value]) => element("div", {}, element("dt", {}, ...shown(term)),
      element("dd", {}, ...value.filter((part) => part !== undefined)))));
}
