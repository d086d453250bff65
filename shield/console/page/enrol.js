// Registering a passkey with the one-time code, which comes in the URL's fragment (never sent, never logged) or is typed.

import { call } from "./api.js";
import { announce, byId, say } from "./dom.js";
import * as passkey from "./passkey.js";

function codeFromFragment() {
  const code = new URLSearchParams(location.hash.slice(1)).get("enrol");
  if (code !== null) history.replaceState(null, "", location.pathname);
  return code;
}

// registered(): the browser has a session now.
export function setUpEnrolment(registered) {
  const panel = byId("enrol");
  const form = byId("enrol-form");
  const open = byId("enrol-open");
  const problem = byId("enrol-problem");
  const submit = form.querySelector("button");
  let wanted = false; // the person asked for the form, or came with a code
  let passkeys = 0;

  const show = () => {
    panel.hidden = !wanted && passkeys !== 0;
    open.hidden = passkeys === 0;
    open.setAttribute("aria-expanded", String(!panel.hidden));
  };
  const takeCode = () => {
    const code = codeFromFragment();
    if (code === null) return;
    wanted = true;
    form.elements.code.value = code;
    show();
    form.elements.name.focus();
  };

  form.elements.name.value = navigator.userAgentData?.platform ?? "";
  window.addEventListener("hashchange", takeCode);
  open.addEventListener("click", () => {
    wanted = panel.hidden;
    show();
    if (wanted) byId("enrol-title").focus();
  });

  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    submit.setAttribute("aria-disabled", "true");
    say(problem, "");
    const code = form.elements.code.value.trim();
    const name = form.elements.name.value.trim();
    try {
      const options = await call("register-options", { code });
      await call("register", { code, name, credential: await passkey.create(options) });
      form.elements.code.value = "";
      wanted = false;
      passkeys += 1;
      show();
      byId("waiting-title").focus();
      announce(`The passkey ${name} is registered.`);
      registered();
    } catch (error) {
      say(problem, error.message);
    }
    busy = false;
    submit.setAttribute("aria-disabled", "false");
  });

  takeCode();
  return {
    // null: not known, because the gatekeeper is away.
    update(count) {
      if (count === null) return;
      passkeys = count;
      show();
    },
  };
}
