/**
 * Keeps what must not be lost while the server is away: waiting responses, receipts and the counter of
 * saves, by admission ticket. IndexedDB holds them over reloads and power cuts; a copy in memory lets
 * the page work on when the browser refuses IndexedDB, which `durable` tells.
 */

import { openDatabase, resultOf, rowsOf, transact } from "./database.js";

const { ref } = window.Vue;

/** A write that takes longer does not hold the response back from the server, milliseconds. */
const WRITE_WITHIN_MS = 600;
const REOPEN_AFTER_MS = 5000;
/** Rows of earlier exams are cleared away after this time, milliseconds. */
const KEPT_MS = 14 * 24 * 3600 * 1000;

function within(promise, ms) {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error("IndexedDB is too slow")), ms);
    promise.then(done, failed).finally(() => clearTimeout(timer));
  });
}

/** One candidate's rows in memory. */
function emptyShelf() {
  return { queue: new Map(), receipts: new Map(), counter: 0 };
}

/** Opens the keeper of one hall; `name` is the database's. */
export function createKeeper(name) {
  /** False while waiting responses would not survive the closing of the page. */
  const durable = ref(true);
  const shelves = new Map();
  let opening = null;
  let reopenAt = 0;

  function shelfOf(ticket) {
    if (!shelves.has(ticket)) shelves.set(ticket, emptyShelf());
    return shelves.get(ticket);
  }

  function database() {
    if (!opening) {
      if (performance.now() < reopenAt) return Promise.reject(new Error("IndexedDB failed just now"));
      opening = openDatabase(name, () => {
        opening = null;
      });
      opening.catch(() => {
        opening = null;
        reopenAt = performance.now() + REOPEN_AFTER_MS;
      });
    }
    return opening;
  }

  async function inDatabase(names, mode, work) {
    const opened = await database();
    try {
      return await transact(opened, names, mode, work);
    } catch (error) {
      // A connection that was closed under the page is opened anew by the next write.
      if (error && error.name === "InvalidStateError") opening = null;
      throw error;
    }
  }

  async function tried(promise) {
    try {
      const value = await promise;
      return { value, written: true };
    } catch (error) {
      return { value: undefined, written: false };
    }
  }

  /**
   * Writes a waiting response `{item, choices, flagged, known, paper}` and gives it its number in one
   * transaction, so that two pages of one candidate never use a number twice. `known` is the largest
   * number that the server was known to hold for the item, `paper` the digest of the candidate's
   * paper. Returns the row; never rejects.
   */
  async function put(ticket, response, atLeast) {
    const shelf = shelfOf(ticket);
    const before = shelf.queue.get(response.item);
    shelf.counter = Math.max(shelf.counter, atLeast) + 1;
    const row = {
      ticket,
      ...response,
      known: before ? before.known : response.known,
      n: shelf.counter,
      tries: [...(before ? before.tries : []), shelf.counter],
      at: Date.now(),
    };
    shelf.queue.set(response.item, row);
    const write = inDatabase(["queue", "counters"], "readwrite", async (stores) => {
      const counter = await resultOf(stores.counters.get(ticket));
      if (counter && counter.n >= row.n) {
        row.n = counter.n + 1;
        row.tries = [...row.tries, row.n];
        shelf.counter = Math.max(shelf.counter, row.n);
      }
      stores.counters.put({ ticket, n: row.n, at: row.at });
      await resultOf(stores.queue.put(row));
    });
    const { written } = await tried(within(write, WRITE_WITHIN_MS));
    const back = written && !durable.value;
    durable.value = written;
    if (back) await writeAll(ticket);
    return row;
  }

  /** Writes what only memory held while the disk failed. */
  async function writeAll(ticket) {
    const shelf = shelfOf(ticket);
    const { written } = await tried(
      inDatabase(["queue", "receipts"], "readwrite", async (stores) => {
        for (const row of shelf.queue.values()) stores.queue.put({ ...row, tries: [...row.tries] });
        for (const row of shelf.receipts.values()) stores.receipts.put(row);
      }),
    );
    durable.value = written;
  }

  /**
   * Takes a response off that the server holds or finally refused; a newer one of the item stays.
   * `receipt` is {choices, flagged, paper, receipt} of a response that the server holds.
   */
  async function settle(ticket, item, n, receipt = null) {
    const shelf = shelfOf(ticket);
    const waiting = shelf.queue.get(item);
    if (waiting && waiting.n <= n) shelf.queue.delete(item);
    else if (waiting) waiting.known = Math.max(waiting.known, n);
    const row = receipt && { ticket, seq: receipt.receipt.seq, item, n, at: Date.now(), ...receipt };
    if (row) shelf.receipts.set(row.seq, row);
    await tried(
      inDatabase(["queue", "receipts"], "readwrite", async (stores) => {
        if (row) stores.receipts.put(row);
        const stored = await resultOf(stores.queue.get([ticket, item]));
        if (stored && stored.n <= n) await resultOf(stores.queue.delete([ticket, item]));
        else if (stored) await resultOf(stores.queue.put({ ...stored, known: Math.max(stored.known, n) }));
      }),
    );
  }

  /**
   * Returns {queue, receipts} of a candidate: rows of the disk and of this page together, by item and
   * by seq. With `paper`, what waits for another paper of the ticket (an earlier attempt) is dropped.
   */
  async function load(ticket, paper = null) {
    const shelf = shelfOf(ticket);
    const { value, written } = await tried(
      inDatabase(["queue", "receipts", "counters"], "readonly", async (stores) => {
        const [queue, receipts, counter] = await Promise.all([
          rowsOf(stores.queue, ticket),
          rowsOf(stores.receipts, ticket),
          resultOf(stores.counters.get(ticket)),
        ]);
        return { queue, receipts, counter: counter ? counter.n : 0 };
      }),
    );
    durable.value = written;
    for (const row of written ? value.queue : []) {
      const here = shelf.queue.get(row.item);
      if (!here || here.n < row.n) shelf.queue.set(row.item, row);
    }
    for (const row of written ? value.receipts : []) shelf.receipts.set(row.seq, row);
    if (written) shelf.counter = Math.max(shelf.counter, value.counter);
    for (const row of [...shelf.queue.values()]) {
      if (paper && row.paper && row.paper !== paper) await settle(ticket, row.item, row.n);
    }
    return shelf;
  }

  /** Forgets receipts, such as those that another server gave. */
  async function dropReceipts(ticket, seqs) {
    const shelf = shelfOf(ticket);
    for (const seq of seqs) shelf.receipts.delete(seq);
    await tried(
      inDatabase(["receipts"], "readwrite", async (stores) => {
        for (const seq of seqs) stores.receipts.delete([ticket, seq]);
      }),
    );
  }

  /** Clears away what earlier exams left. */
  async function clearOld() {
    const limit = Date.now() - KEPT_MS;
    const { written } = await tried(
      inDatabase(["queue", "receipts", "counters"], "readwrite", async (stores) => {
        for (const store of Object.values(stores)) {
          const [keys, rows] = await Promise.all([resultOf(store.getAllKeys()), resultOf(store.getAll())]);
          rows.forEach((row, at) => {
            if (row.at < limit) store.delete(keys[at]);
          });
        }
      }),
    );
    durable.value = written;
  }

  return { durable, put, settle, load, dropReceipts, clearOld };
}
