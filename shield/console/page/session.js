// Who this browser is to the workstation: signs in with a passkey and out again. The session is a cookie that no script sees.

import { call } from "./api.js";
import { announce, byId, say } from "./dom.js";
import * as passkey from "./passkey.js";

// changed(): the stream is to be asked for anew.
export function setUpSession(changed) {
  const panel = byId("sign-in");
  const button = byId("sign-in-button");
  const problem = byId("sign-in-problem");
  const out = byId("sign-out");
  const outOthers = byId("sign-out-others");

  const acting = (element, where, act) => {
    let busy = false;
    element.addEventListener("click", async () => {
      if (busy) return;
      busy = true;
      element.setAttribute("aria-disabled", "true");
      say(where, "");
      try {
        await act();
      } catch (error) {
        say(where, error.message);
      }
      busy = false;
      element.setAttribute("aria-disabled", "false");
    });
  };

  acting(button, problem, async () => {
    const options = await call("login-options", {});
    const credential = await passkey.signIn(options);
    await call("login", { login: options.login, credential });
    announce("Signed in.");
    changed();
  });
  acting(out, byId("notice"), async () => {
    await call("sign-out", {});
    changed();
  });
  acting(outOthers, byId("notice"), async () => {
    await call("sign-out-others", {});
    announce("All other browsers are signed out.");
  });

  return {
    update(state) {
      const up = state.gate === "up";
      const signedIn = up && state.signed_in === true;
      panel.hidden = !up || signedIn || state.passkeys === 0;
      out.hidden = !signedIn;
      const others = signedIn ? state.sessions.length - 1 : 0;
      outOthers.hidden = others < 1;
      outOthers.textContent = others === 1 ? "Sign out the other browser" : `Sign out ${others} other browsers`;
      return signedIn;
    },
  };
}
