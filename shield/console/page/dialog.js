// The approval: one record alone, and the only button that starts a passkey. What the list does meanwhile does not touch it.

import { announce, byId, element, say } from "./dom.js";
import { kindOf } from "./action_kinds.js";
import { onlyOne, recordView } from "./cards.js";

const SETTLES = 1000; // ms: the second click of a double one approves nothing

export function setUpDialog(approve) {
  const dialog = byId("approval");
  const view = byId("approval-record");
  const problem = byId("approval-problem");
  const progress = byId("approval-progress");
  const confirm = byId("approval-confirm");
  const cancel = byId("approval-cancel");
  let card; // whose record is shown
  let busy = false;
  let ended = false;
  let opened = 0;
  let second; // the box to tick where something cannot be seen

  const ready = (at) => !busy && !ended && at - opened >= SETTLES && (second === undefined || second.checked);
  const refresh = () => confirm.setAttribute("aria-disabled", String(!ready(performance.now())));

  // What a person cannot see is not approved by the one button that they are used to.
  const secondStep = (record) => {
    second = undefined;
    const whyUnseen = kindOf(record).whyUnseen(record);
    if (whyUnseen === undefined) return [];
    second = element("input", { type: "checkbox", class: "second" });
    second.addEventListener("change", refresh);
    return [element("label", { class: "second-step" }, second, ` ${whyUnseen} I approve what I cannot see.`)];
  };

  confirm.addEventListener("click", async (event) => {
    if (!dialog.open || !ready(event.timeStamp)) return;
    busy = true;
    const mine = card;
    say(problem, "");
    say(progress, "Waiting for your passkey…");
    refresh();
    try {
      await approve(mine.item);
      mine.answered();
      if (card === mine) dialog.close();
    } catch (error) {
      say(problem, error.message);
    }
    busy = false;
    say(progress, "");
    refresh();
  });
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    const { approveButton, title, over } = card;
    card = undefined;
    view.replaceChildren();
    // The buttons of a card that is over are hidden, and what is hidden loses the focus.
    const back = over ? title : approveButton;
    (back.isConnected ? back : byId("waiting-title")).focus();
  });

  return {
    open(which, rivals) {
      if (dialog.open) return;
      card = which;
      ended = false;
      opened = performance.now();
      say(problem, "");
      say(progress, "");
      const warning = onlyOne(card.record, rivals);
      view.replaceChildren(...recordView(card.record, card.text), ...(warning ? [element("p", {}, warning)] : []),
        ...secondStep(card.record));
      refresh();
      setTimeout(refresh, SETTLES + 20);
      dialog.showModal();
      view.scrollTop = 0;
    },
    ended(request, how) {
      if (!dialog.open || card.item.request !== request || ended) return;
      ended = true;
      say(problem, `${how} Nothing can be approved here any more.`);
      announce(how);
      refresh();
    },
    close() {
      if (dialog.open) dialog.close();
    },
  };
}
