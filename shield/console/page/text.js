// Names that the agent chose, made safe to read: what cannot be seen, or turns the text around, is spelled out.

import { element } from "./dom.js";

// Controls, format characters (bidi, zero width, tags), surrogates, private use, unassigned; every space but U+0020;
// combining marks, which can pile up or change the letter before them.
const UNSEEN = /[\p{C}\p{M}]|(?! )\p{Z}/u;
const BEYOND_ASCII = /[^\x20-\x7e]/u;

function codePoint(letter) {
  return `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

export function plain(text) {
  return [...text].map((letter) => (UNSEEN.test(letter) ? `⟨${codePoint(letter)}⟩` : letter)).join("");
}

function pieces(letters) {
  const made = [];
  let run = "";
  for (const letter of letters) {
    if (!UNSEEN.test(letter)) {
      run += letter;
      continue;
    }
    if (run !== "") made.push(run);
    run = "";
    made.push(element("span", { class: "unseen", title: "a character that cannot be seen" }, codePoint(letter)));
  }
  if (run !== "") made.push(run);
  return made;
}

// Nodes to append. Longer than `limit` letters: the middle is left out, and it says how much. What is signed is shown
// without a limit.
export function shown(text, limit = Infinity) {
  const letters = [...text];
  if (letters.length <= limit) return pieces(letters);
  const head = Math.ceil(limit * 0.6);
  const tail = limit - head;
  const left = letters.length - head - tail;
  return [
    ...pieces(letters.slice(0, head)),
    element("span", { class: "cut" }, ` … ${left} more … `),
    ...pieces(letters.slice(-tail)),
  ];
}

// Nodes of a text's lines, one below the other; tabs stay.
export function shownLines(lines) {
  return lines.map((line) => element("span", { class: "line" },
    ...line.split("\t").flatMap((part, place) => (place === 0 ? shown(part) : ["\t", ...shown(part)])), "\n"));
}

// Letters that may pass for others ("а" for "a"), each once, to be named beside the text.
export function foreign(text) {
  const found = [...new Set([...text])].filter((letter) => BEYOND_ASCII.test(letter) && !UNSEEN.test(letter));
  return found.slice(0, 6).map((letter) => `${letter} is ${codePoint(letter)}`);
}

export function clock(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(left / 60);
  const rest = String(left % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
