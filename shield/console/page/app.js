// Wires the event stream to the page: which cards there are, what the title says, whether anyone is listening.

import { kindOf } from "./action_kinds.js";
import { call, listen } from "./api.js";
import { Card } from "./cards.js";
import { setUpDialog } from "./dialog.js";
import { announce, byId, say } from "./dom.js";
import { setUpEnrolment } from "./enrol.js";
import * as passkey from "./passkey.js";
import { showRecent } from "./recent.js";
import { setUpSession } from "./session.js";
import { plain } from "./text.js";

const KEEPS_ITS_PLACE = 1500; // ms: at least so long an ended card stays, and as long as the pointer is over the list
const KEEPS_AT_MOST = 30000;

const cards = new Map(); // by request; ended ones too, until they are swept away
let waiting = new Set(); // what the gatekeeper says waits
let clockOffset = 0; // the workstation's clock minus this device's, in seconds
let settled = false; // the first state has been shown
let wasDown = false;

const dialog = setUpDialog(async (item) => {
  const options = await call("approve-options", { request: item.request });
  const credential = await passkey.sign(item.canonical, options);
  await call("approve", { request: item.request, credential });
  announce("Approved.");
});
const actions = {
  review: (card) => dialog.open(card, rivals(card)),
  async deny(item, reason) {
    await call("deny", { request: item.request, reason });
    announce("Denied.");
  },
};

function showLink(state, text) {
  const link = byId("link");
  link.dataset.state = state;
  link.textContent = text;
}

function headline(count, up, signedIn) {
  byId("empty").hidden = count > 0 || !up || !signedIn;
  const title = byId("waiting-title");
  if (!up) title.textContent = "No answer can be given now";
  else if (!signedIn) title.textContent = "Whoever may answer signs in first";
  else if (count === 0) title.textContent = "Nothing waits for you";
  else title.textContent = count === 1 ? "1 request waits for you" : `${count} requests wait for you`;
  document.title = count === 0 ? "Anchorhold" : `(${count}) waiting · Anchorhold`;
}

function howItEnded(request, recent) {
  const decision = recent.find((one) => one.request === request);
  if (!decision) return "This request has ended.";
  const by = decision.by ? ` by ${plain(decision.by)}` : "";
  if (decision.verdict === "approved" || decision.verdict === "denied") return `Answered: ${decision.verdict}${by}.`;
  if (decision.verdict === "expired") return "Expired: nobody answered in time, so the answer is no.";
  if (decision.reason === "the client went away") return "Withdrawn by the agent.";
  return `Ended: ${plain(decision.reason || decision.verdict)}.`;
}

// Nothing moves under the pointer: an ended card goes once the pointer is elsewhere, or after a long pause.
function sweep() {
  const list = byId("waiting");
  const watched = list.matches(":hover") || byId("approval").open;
  for (const [request, card] of cards) {
    if (!card.ended || waiting.has(request)) continue;
    const age = performance.now() - card.endedAt;
    if (age < KEEPS_ITS_PLACE || (watched && age < KEEPS_AT_MOST)) continue;
    remove(request, card);
  }
}

function remove(request, card) {
  const hadFocus = card.element.contains(document.activeElement);
  const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
  card.element.remove();
  cards.delete(request);
  if (hadFocus) (next?.querySelector("h2") ?? byId("waiting-title")).focus();
}

function clear() {
  waiting.clear();
  byId("announcer").textContent = ""; // which may have named an act
  dialog.close();
  for (const [request, card] of cards) remove(request, card);
}

// Others that would change something that this one changes: only one of them can win.
function rivals(card) {
  const changes = ({ record }) => kindOf(record)?.changes(record) ?? [];
  const mine = new Set(changes(card));
  return [...cards.values()]
    .filter((other) => other !== card && !other.ended && changes(other).some((change) => mine.has(change)))
    .map((other) => plain(other.item.request));
}

// Cards stay the same elements while they wait, so that focus, an open record and an open passkey prompt survive news.
function showRequests(requests, recent) {
  waiting = new Set(requests.map((item) => item.request));
  for (const [request, card] of cards) {
    if (waiting.has(request) || card.ended) continue;
    const how = howItEnded(request, recent);
    card.end(how);
    dialog.ended(request, how);
  }
  for (const item of requests.filter((one) => !cards.has(one.request))) {
    const card = new Card(item, actions);
    // Said where nothing moves: on the card that comes, and in the dialog.
    card.sayRivals(rivals(card));
    cards.set(item.request, card);
    byId("waiting").append(card.element);
    if (settled) announce(`New request: ${card.spoken}`);
  }
}

// Credentials that came back in answers: gate lends them no more until the host starts it anew.
function showWithheld(withheld) {
  say(byId("withheld"), withheld.map(({ credential, reason }) => `Credential ${plain(credential)} is withheld: ${plain(reason)}.`).join(" "));
}

function showProfile(profile) {
  const known = profile && typeof profile.name === "string";
  const why = profile && typeof profile.reason === "string" ? ` ${plain(profile.reason)}` : "";
  byId("profile").textContent = known
    ? `Profile ${plain(profile.name)}, version ${profile.version}`
    : `No profile is in force: nothing may leave.${why}`;
}

function showState(state) {
  const up = state.gate === "up";
  // A stream that began while the gatekeeper was away began as a stranger's.
  if (up && wasDown) {
    wasDown = false;
    reopen();
    return;
  }
  wasDown = !up;
  clockOffset = state.now - Date.now() / 1000;
  showLink(up ? "up" : "down", up ? "Connected" : "Gatekeeper away");
  say(byId("notice"), up
    ? passkey.whyNot(state.address)
    : "The gatekeeper does not answer. Whatever waited has been refused. This page goes on by itself when it is back.");
  const signedIn = session.update(state);
  if (signedIn) showRequests(state.requests, state.recent);
  else clear();
  headline(signedIn ? state.requests.length : 0, up, signedIn);
  enrolment.update(up ? state.passkeys : null);
  if (signedIn) {
    showRecent(byId("recent"), byId("recent-section"), state.recent);
    showProfile(state.profile);
    showWithheld(state.withheld);
  } else {
    showWithheld([]);
    byId("recent-section").hidden = true;
    byId("recent").replaceChildren();
    byId("profile").textContent = "";
  }
  settled = signedIn;
  tick();
}

function showLost() {
  showLink("down", "No connection");
  say(byId("notice"), "No connection to the workstation. Trying again…");
  clear();
  headline(0, false, false);
}

function tick() {
  const now = Date.now() / 1000 + clockOffset;
  for (const card of cards.values()) if (!card.ended) card.tick(now);
}

function look() {
  sweep();
  const at = performance.now();
  for (const card of cards.values()) card.look(at);
  requestAnimationFrame(look);
}

const session = setUpSession(() => reopen());
const enrolment = setUpEnrolment(() => reopen());
setInterval(tick, 1000);
look();
const reopen = listen({ state: showState, lost: showLost });
