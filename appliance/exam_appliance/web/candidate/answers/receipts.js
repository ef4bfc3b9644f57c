/** Shows kept receipts to the server again after a resume; the server says whether it still holds them. */

import { worthShowing } from "./reconcile.js";

const FEW = 5;
const PAUSE_MS = 30;
const SHOW_WITHIN_MS = 8000;
const AGAIN_AFTER_MS = 3000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Shows receipts one after the other, with pauses as long as the server takes, so that a room that
 * comes back all at once does not slow the saves. `brief`: only the newest few.
 * `onVerdict(row, verdict)` hears every verdict. Resolves true when all were shown.
 */
export async function showReceipts({ api, receipts, brief, mayGo, onVerdict }) {
  const all = worthShowing(receipts, FEW);
  for (const row of brief ? all.slice(0, FEW) : all) {
    for (;;) {
      if (!mayGo()) return false;
      const begun = performance.now();
      try {
        const answer = await api.post("/receipts", { receipt: row.receipt }, { timeoutMs: SHOW_WITHIN_MS });
        onVerdict(row, answer.verdict);
        await pause(Math.max(PAUSE_MS, performance.now() - begun));
        break;
      } catch (problem) {
        if (problem.status === 401) return false;
        // A receipt that the server cannot read tells nothing; the next one may.
        if (!problem.passing && problem.code !== "broken") break;
        await pause(AGAIN_AFTER_MS);
      }
    }
  }
  return true;
}
