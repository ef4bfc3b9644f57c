/**
 * The candidate's responses as the page shows them: what was clicked, what the server holds, what waits.
 * A click is written to the keeper first and then sent; nothing here makes a click wait for the network.
 */

import { fateOf, missingAtServer } from "./reconcile.js";
import { showReceipts } from "./receipts.js";
import { createSender } from "./sender.js";

const { computed, reactive, ref } = window.Vue;

const BLANK = { choices: [], flagged: false };

/**
 * @param {object} how
 * @param {string} how.ticket whose responses these are
 * @param {string|null} how.paper digest of the paper; null after the end, when only the rest is sent
 * @param {object} how.api requests to the hall
 * @param {object} how.keeper see keeper.js
 * @param {object} how.clock see clock.js
 * @param {() => boolean} how.mayGo whether this browser's log-in is this candidate's
 * @param {() => number} how.lastN largest save number that the server is known to hold
 * @param {(row: object, problem: object) => void} how.onRefused a response was finally refused
 * @param {(row: object) => void} how.onIncident the server has lost a response that it had acknowledged
 */
export function createAnswers({ ticket, paper, api, keeper, clock, mayGo, lastN, onRefused, onIncident }) {
  /** Item to {choices, flagged, held: {choices, flagged, n}|null, waiting}. */
  const lines = reactive({});
  const waiting = ref(0);
  /** The server's wall time of the last save, milliseconds, null before the first. */
  const savedAtMs = ref(null);
  /** True while sending does not succeed. */
  const failing = ref(false);
  /** Responses that came after the deadline, for the case that time is given back. */
  const tooLate = new Map();
  /** Receipts that the server does not hold; told once by this page. */
  const lost = new Set();
  let shelf = { queue: new Map(), receipts: new Map() };
  /** Items acknowledged since the server was asked what it holds. */
  let acknowledged = new Set();
  let closed = false;
  let showing = false;
  let resuming = Promise.resolve();

  const alive = () => !closed && mayGo();

  function lineOf(item) {
    if (!lines[item]) lines[item] = { ...BLANK, held: null, waiting: false };
    return lines[item];
  }

  /** Lets a line show what waits for the item, or else what the server holds. */
  function settleLine(item) {
    const line = lineOf(item);
    const from = shelf.queue.get(item) || line.held || BLANK;
    line.choices = [...from.choices];
    line.flagged = from.flagged;
    line.waiting = shelf.queue.has(item);
    waiting.value = shelf.queue.size;
  }

  const sender = createSender({
    api,
    queue: () => shelf.queue,
    mayGo: alive,
    onHeld(row, answer, tookMs) {
      clock.hearRemaining(answer.remaining_ms, tookMs);
      acknowledged.add(row.item);
      tooLate.delete(row.item);
      const line = lineOf(row.item);
      if (!line.held || line.held.n < row.n) line.held = { choices: row.choices, flagged: row.flagged, n: row.n };
      const { choices, flagged } = row;
      keeper.settle(ticket, row.item, row.n, { choices, flagged, paper, receipt: answer.receipt });
      settleLine(row.item);
      savedAtMs.value = clock.serverMs.value;
    },
    onRefused(row, problem) {
      if (problem.reason === "attempt.deadline_passed") tooLate.set(row.item, row);
      keeper.settle(ticket, row.item, row.n);
      settleLine(row.item);
      onRefused(row, problem);
    },
    onFailing(is) {
      failing.value = is;
    },
  });

  async function write(item, choices, flagged) {
    const line = lineOf(item);
    const known = line.held ? line.held.n : 0;
    tooLate.delete(item);
    // The keeper takes the row into its memory before it first waits, so the line shows it at once.
    const writing = keeper.put(ticket, { item, choices: [...choices].sort(), flagged, known, paper }, lastN());
    settleLine(item);
    sender.now(await writing);
  }

  function takeHeld(responses) {
    const held = new Map(responses.map((response) => [response.item, response]));
    const items = new Set([...Object.keys(lines), ...held.keys(), ...shelf.queue.keys()]);
    for (const item of items) {
      if (!acknowledged.has(item)) {
        const response = held.get(item);
        lineOf(item).held = response ? { choices: response.choices, flagged: response.flagged, n: response.n } : null;
        const row = shelf.queue.get(item);
        if (row && fateOf(row, response) !== "send") keeper.settle(ticket, item, row.n);
      }
      settleLine(item);
    }
    const ours = [...shelf.receipts.values()].filter((row) => row.paper === paper && !acknowledged.has(row.item));
    return missingAtServer(ours, held, shelf.queue);
  }

  /**
   * Brings keeper, page and server together: at the start, after a resume, and when page and server
   * count differently. `brief`: only the newest receipts are shown again. Rejects with a problem.
   */
  function resume({ brief = false } = {}) {
    resuming = resuming.catch(() => {}).then(() => takeUp(brief));
    return resuming;
  }

  async function takeUp(brief) {
    shelf = await keeper.load(ticket, paper);
    acknowledged = new Set();
    const { responses } = await api.get("/responses");
    if (!alive()) return;
    const missing = takeHeld(responses);
    await Promise.all(missing.map((row) => write(row.item, row.choices, row.flagged)));
    sender.hurry();
    show(brief);
  }

  /** Sends what still waits after the end, so that the server records it and says why it is refused. */
  async function sendRest() {
    shelf = await keeper.load(ticket, paper);
    waiting.value = shelf.queue.size;
    sender.hurry();
  }

  async function show(brief) {
    if (showing) return;
    showing = true;
    const foreign = [];
    const onVerdict = (row, verdict) => {
      if (verdict === "not_ours") foreign.push(row.seq);
      if (verdict === "incident") {
        lost.add(row.seq);
        onIncident(row);
      }
    };
    const receipts = [...shelf.receipts.values()].filter((row) => !lost.has(row.seq));
    await showReceipts({ api, receipts, brief, mayGo: alive, onVerdict });
    if (foreign.length) await keeper.dropReceipts(ticket, foreign);
    showing = false;
  }

  return {
    ticket,
    lines,
    waiting: computed(() => waiting.value),
    savedAtMs,
    failing,
    choicesOf: (item) => (lines[item] ? lines[item].choices : BLANK.choices),
    isFlagged: (item) => Boolean(lines[item] && lines[item].flagged),
    choose: (item, choices) => write(item, choices, lineOf(item).flagged),
    flag: (item, flagged) => write(item, lineOf(item).choices, flagged),
    resume,
    sendRest,
    hurry: () => sender.hurry(),
    /** Sends again what came too late, once the server has given time back; tells whether there was any. */
    retake() {
      const rows = [...tooLate.values()];
      tooLate.clear();
      rows.forEach((row) => write(row.item, row.choices, row.flagged));
      return rows.length > 0;
    },
    close() {
      closed = true;
      sender.close();
    },
  };
}
