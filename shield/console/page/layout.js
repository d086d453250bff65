// Texts of the agent laid out to be read: nothing is left out, and nothing changed but its spelling. No DOM here.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gu;
const DEEPEST = 16; // steps of indentation

// {lines, doubled} of a JSON object or list, each member as often as it stands there, strings decoded; `doubled` are
// names that an object has twice, of which servers take one or the other. Undefined: it is not JSON.
export function layOutJson(text) {
  if (!/^\s*[{[]/u.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = text.match(TOKEN);
  const lines = [""];
  const doubled = new Set();
  const open = []; // of each object its names so far, of a list undefined
  const write = (piece) => { lines[lines.length - 1] += piece; };
  const breakLine = () => lines.push("  ".repeat(Math.min(open.length, DEEPEST)));
  tokens.forEach((token, place) => {
    const [before, after] = [tokens[place - 1], tokens[place + 1]];
    if (token === "{" || token === "[") {
      write(token);
      open.push(token === "{" ? new Set() : undefined);
      if (after !== "}" && after !== "]") breakLine();
    } else if (token === "}" || token === "]") {
      open.pop();
      if (before !== "{" && before !== "[") breakLine();
      write(token);
    } else if (token === ",") {
      write(token);
      breakLine();
    } else if (token === ":") {
      write(": ");
    } else if (token.startsWith('"')) {
      const name = JSON.parse(token);
      const names = open.at(-1);
      if (names && after === ":") {
        if (names.has(name)) doubled.add(name);
        names.add(name);
      }
      write(JSON.stringify(name));
    } else {
      write(token);
    }
  });
  return { lines, doubled: [...doubled] };
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text; // not UTF-8: as it is written
  }
}

// [name, value] of each parameter of a query or a form, in their order and as often as they stand there.
export function parameters(text) {
  return text.split("&").filter((part) => part !== "").map((part) => {
    const place = part.indexOf("=");
    if (place < 0) return [decoded(part), ""];
    return [decoded(part.slice(0, place)), decoded(part.slice(place + 1))];
  });
}

export function queryOf(url) {
  const place = url.indexOf("?");
  return place < 0 ? "" : url.slice(place + 1);
}
