/** A screen of the LAN shows who it is: by the key of its link once, by its cookie afterwards. */

import { asProblem } from "../shared/api.js";

const AGAIN_MS = 2000;

/** Takes the key out of the address, so that nobody reads it off the screen; empty when there is none. */
function keyOfAddress() {
  const key = new URLSearchParams(window.location.hash.slice(1)).get("key") || "";
  if (key) window.history.replaceState(null, "", window.location.pathname);
  return key;
}

/** Returns the first state. Waits for a server that is away; rejects when the machine is not enrolled. */
export async function enter(api) {
  const key = keyOfAddress();
  for (;;) {
    try {
      return key ? await api.post("/enter", { key }) : await api.get("/state");
    } catch (error) {
      if (!asProblem(error).passing) throw error;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}
