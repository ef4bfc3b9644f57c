/**
 * The machine's key as a browser keeps it: P-256, made once, kept by the browser's profile in IndexedDB,
 * and never to be taken out of it (Web Cryptography API).
 */

const DATABASE = "kaodian-seat";
const STORE = "keys";
const NAME = "machine";
const KIND = { name: "ECDSA", namedCurve: "P-256" };

/** True where the browser has keys at all: secure contexts only. */
export function canKeepKey() {
  return Boolean(window.crypto && window.crypto.subtle && window.indexedDB);
}

function asked(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function opened() {
  const request = window.indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return asked(request);
}

/** Returns the pair of keys of this machine. */
export async function machineKey() {
  const database = await opened();
  try {
    const held = await asked(database.transaction(STORE).objectStore(STORE).get(NAME));
    if (held) return held;
    const made = await window.crypto.subtle.generateKey(KIND, false, ["sign"]);
    await asked(database.transaction(STORE, "readwrite").objectStore(STORE).put(made, NAME));
    return made;
  } finally {
    database.close();
  }
}

function base64(buffer) {
  return window.btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

/** Returns {public_key, signature} for a challenge of the server. */
export async function answerTo(challenge, pair) {
  const { subtle } = window.crypto;
  const spki = await subtle.exportKey("spki", pair.publicKey);
  const digest = new Uint8Array(await subtle.digest("SHA-256", spki));
  const machine = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const said = new TextEncoder().encode(`kaodian seat 1\n${challenge}\n${machine}`);
  const signature = await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, said);
  return { public_key: base64(spki), signature: base64(signature) };
}
