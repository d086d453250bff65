// The console process: its event stream and its calls. Every failure is an Error whose message is a sentence for the person.

import { plain } from "./text.js";

// The gatekeeper's reasons are written to stand after a colon; here they stand alone.
function sentence(reason) {
  const whole = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

export async function call(name, body) {
  let response;
  try {
    response = await fetch(`/api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      redirect: "error",
    });
  } catch {
    throw new Error("The workstation does not answer. Nothing was sent.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(sentence(plain(String(answer.error ?? `the workstation answered ${response.status}`))));
  return answer;
}

// handlers.state(message) on every change; handlers.lost() when the stream breaks. The browser itself tries again.
// Returns a function that asks for the stream anew, as after signing in: a stream shows what its cookie could see at its beginning.
export function listen(handlers) {
  let source;
  const open = () => {
    source?.close();
    const mine = new EventSource("/events");
    source = mine;
    mine.addEventListener("state", (event) => {
      if (source === mine) handlers.state(JSON.parse(event.data));
    });
    mine.addEventListener("error", () => {
      if (source !== mine) return;
      handlers.lost();
      // After an answer that is not a stream the browser gives up; a page that waits for a person must not.
      if (mine.readyState === EventSource.CLOSED) setTimeout(() => { if (source === mine) open(); }, 3000);
    });
  };
  open();
  return open;
}
