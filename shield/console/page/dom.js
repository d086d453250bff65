// Elements from strings that are only ever text: nothing here, or anywhere in this page, parses markup.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

// Shows or hides a message; an empty one hides.
export function say(where, text) {
  where.textContent = text;
  where.hidden = text === "";
}

// For screen readers. The same words twice in a row are still news, so the text is cleared first.
export function announce(text) {
  const announcer = byId("announcer");
  announcer.textContent = "";
  requestAnimationFrame(() => { announcer.textContent = text; });
}
