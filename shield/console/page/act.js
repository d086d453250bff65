// The act of a record, put before a person: all that is signed and that they can judge. For cards and dialogs alike.

import { kindOf } from "./action_kinds.js";
import { code, rows } from "./parts.js";

function facts(record) {
  const profile = [" · profile ", code(record.profile.name), ` version ${record.profile.version}`];
  return rows("facts", [
    ...kindOf(record).rows(record),
    ["From", [code(`${record.workstation}/${record.agent}`)]],
    ["Credential", record.credential ? [code(record.credential)] : ["none"]],
    ["Rule", [code(record.rule), ...profile]],
  ]);
}

// Nodes to append.
export function act(record) {
  return [...kindOf(record).parts(record), facts(record)].filter((part) => part !== undefined);
}
