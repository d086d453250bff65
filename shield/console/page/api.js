// The console process: its event stream and its five calls. Every failure is an Error whose message is a sentence for the person.

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
export function listen(handlers) {
  const source = new EventSource("/events");
  source.addEventListener("state", (event) => handlers.state(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    handlers.lost();
    // After an answer that is not a stream the browser gives up; a page that waits for a person must not.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(handlers), 3000);
  });
}
