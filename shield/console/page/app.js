// Wires the event stream to the page: which cards there are, what the title says, whether anyone is listening.

import { call, listen } from "./api.js";
import { Card } from "./cards.js";
import { announce, byId, say } from "./dom.js";
import { setUpEnrolment } from "./enrol.js";
import * as passkey from "./passkey.js";
import { showRecent } from "./recent.js";
import { plain } from "./text.js";

const cards = new Map(); // by request
const enrolment = setUpEnrolment();
let clockOffset = 0; // the workstation's clock minus this device's, in seconds
let settled = false; // the first state has been shown

const actions = {
  async approve(item) {
    const options = await call("approve-options", { request: item.request });
    const credential = await passkey.sign(item.canonical, options);
    await call("approve", { request: item.request, credential });
    announce("Approved.");
  },
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

function headline(count, up) {
  byId("empty").hidden = count > 0 || !up;
  const title = byId("waiting-title");
  if (!up) title.textContent = "No answer can be given now";
  else if (count === 0) title.textContent = "Nothing waits for you";
  else title.textContent = count === 1 ? "1 request waits for you" : `${count} requests wait for you`;
  document.title = count === 0 ? "Anchorhold" : `(${count}) waiting · Anchorhold`;
}

// Cards stay the same elements while they wait, so that focus, an open record and an open passkey prompt survive news.
function showRequests(requests) {
  const wanted = new Set(requests.map((item) => item.request));
  const list = byId("waiting");
  for (const [request, card] of cards) {
    if (wanted.has(request)) continue;
    const hadFocus = card.element.contains(document.activeElement);
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    card.element.remove();
    cards.delete(request);
    if (hadFocus) (next?.querySelector("h2") ?? byId("waiting-title")).focus();
  }
  const added = requests.filter((item) => !cards.has(item.request));
  for (const item of added) {
    const card = new Card(item, actions);
    cards.set(item.request, card);
    list.append(card.element);
    if (settled) announce(`New request: ${card.spoken}`);
  }
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
  clockOffset = state.now - Date.now() / 1000;
  showLink(up ? "up" : "down", up ? "Connected" : "Gatekeeper away");
  say(byId("notice"), up
    ? passkey.whyNot(state.address)
    : "The gatekeeper does not answer. Whatever waited has been refused. This page goes on by itself when it is back.");
  showRequests(up ? state.requests : []);
  headline(cards.size, up);
  enrolment.update(up ? state.passkeys : null);
  if (up) {
    showRecent(byId("recent"), byId("recent-section"), state.recent);
    showProfile(state.profile);
  }
  settled = true;
  tick();
}

function showLost() {
  showLink("down", "No connection");
  say(byId("notice"), "No connection to the workstation. Trying again…");
  showRequests([]);
  headline(0, false);
}

function tick() {
  const now = Date.now() / 1000 + clockOffset;
  for (const card of cards.values()) card.tick(now);
}

setInterval(tick, 1000);
listen({ state: showState, lost: showLost });
