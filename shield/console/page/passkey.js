// WebAuthn as this page uses it: user verification always, and the challenge is the digest of what is shown.

import { sha256 } from "./record.js";

const ALGORITHMS = [-7, -8, -257]; // ES256, EdDSA, RS256 (IANA COSE)

function toBase64url(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

const known = (ids) => ids.map((id) => ({ type: "public-key", id: fromBase64url(id) }));

// The shape of PublicKeyCredential.toJSON(), made here because password managers hand out credentials without that method.
function asJson(credential, response) {
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: {},
    response,
  };
}

const CREATE_FAILED = {
  NotAllowedError: "No passkey was made: it was cancelled, or took too long.",
  InvalidStateError: "This device already holds a passkey for this workstation.",
  ConstraintError: "This device cannot check that it is you. Set up a fingerprint, face or PIN first.",
  NotSupportedError: "This device cannot make a passkey of a kind that the workstation takes.",
  SecurityError: "The browser refuses passkeys at this address.",
};
const GET_FAILED = {
  NotAllowedError: "Nothing was signed: it was cancelled, took too long, or this device has none of the registered passkeys.",
  SecurityError: "The browser refuses passkeys at this address.",
};

function sentence(error, sentences) {
  return new Error(sentences[error.name] ?? `The passkey failed: ${error.message || error.name}`);
}

// A sentence why passkeys cannot work here, or "".
export function whyNot(address, rpId = "shield.localhost") {
  const host = location.hostname;
  if (host !== rpId && !host.endsWith(`.${rpId}`)) return `Passkeys work only at ${address}. Open this page there.`;
  if (!window.isSecureContext || !window.PublicKeyCredential)
    return `This browser offers no passkeys here. Open ${address} in a current browser.`;
  return "";
}

export async function create(options) {
  try {
    const credential = await navigator.credentials.create({
      publicKey: {
        challenge: fromBase64url(options.challenge),
        rp: { id: options.rpId, name: "Anchorhold" },
        user: { ...options.user, id: fromBase64url(options.user.id) },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: known(options.exclude),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        attestation: "none",
        timeout: 120000,
      },
    });
    const { response } = credential;
    return asJson(credential, {
      clientDataJSON: toBase64url(response.clientDataJSON),
      attestationObject: toBase64url(response.attestationObject),
      authenticatorData: toBase64url(response.getAuthenticatorData()),
      publicKey: toBase64url(response.getPublicKey()),
      publicKeyAlgorithm: response.getPublicKeyAlgorithm(),
      transports: response.getTransports(),
    });
  } catch (error) {
    throw sentence(error, CREATE_FAILED);
  }
}

// Signs the digest of `canonicalText` and nothing else, whatever the options ask for.
export async function sign(canonicalText, options) {
  const digest = await sha256(canonicalText);
  if (toBase64url(digest) !== options.challenge)
    throw new Error("What was asked to be signed is not what is shown here. Nothing was signed: deny this request.");
  return assertion(digest, options);
}

// Signs a text that can only mean a sign-in: no act has that kind.
export async function signIn(options) {
  const digest = await sha256(options.login);
  if (toBase64url(digest) !== options.challenge || JSON.parse(options.login).kind !== "console.login")
    throw new Error("What was asked to be signed is not a sign-in. Nothing was signed.");
  return assertion(digest, options);
}

async function assertion(digest, options) {
  try {
    const credential = await navigator.credentials.get({
      publicKey: {
        challenge: digest,
        rpId: options.rpId,
        allowCredentials: known(options.allow),
        userVerification: "required",
        timeout: 120000,
      },
    });
    const { response } = credential;
    return asJson(credential, {
      clientDataJSON: toBase64url(response.clientDataJSON),
      authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature),
      userHandle: response.userHandle ? toBase64url(response.userHandle) : null,
    });
  } catch (error) {
    throw sentence(error, GET_FAILED);
  }
}
