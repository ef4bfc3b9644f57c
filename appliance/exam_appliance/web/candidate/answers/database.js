/** The page's IndexedDB: one database a hall, promises instead of events. */

const VERSION = 1;
const OPEN_WITHIN_MS = 10_000;

/** Stores: `queue` by [ticket, item], `receipts` by [ticket, seq], `counters` by ticket. */
function lay(database) {
  database.createObjectStore("queue", { keyPath: ["ticket", "item"] });
  database.createObjectStore("receipts", { keyPath: ["ticket", "seq"] });
  database.createObjectStore("counters", { keyPath: "ticket" });
}

/** Opens the database; rejects when the browser has none, refuses it or does not answer. */
export function openDatabase(name, onLost) {
  return new Promise((done, failed) => {
    if (!window.indexedDB) {
      failed(new Error("no IndexedDB"));
      return;
    }
    const timer = setTimeout(() => failed(new Error("IndexedDB does not answer")), OPEN_WITHIN_MS);
    const opening = window.indexedDB.open(name, VERSION);
    opening.onupgradeneeded = () => lay(opening.result);
    opening.onblocked = () => failed(new Error("IndexedDB is blocked"));
    opening.onerror = () => {
      clearTimeout(timer);
      failed(opening.error || new Error("IndexedDB cannot be opened"));
    };
    opening.onsuccess = () => {
      clearTimeout(timer);
      const database = opening.result;
      database.onversionchange = () => database.close();
      database.onclose = onLost;
      done(database);
    };
  });
}

/** The result of one request. */
export function resultOf(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

/**
 * Runs `work(stores)` in one transaction and resolves with what it gave once all is written.
 * `strict`: the browser tells "written" only when the disk has it, as a seat can lose its power.
 */
export function transact(database, names, mode, work) {
  return new Promise((done, failed) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    let value;
    transaction.oncomplete = () => done(value);
    transaction.onabort = () => failed(transaction.error || new Error("transaction was aborted"));
    transaction.onerror = () => failed(transaction.error);
    Promise.resolve(work(stores)).then(
      (given) => {
        value = given;
      },
      (error) => {
        failed(error);
        try {
          transaction.abort();
        } catch (ended) {
          // It had ended by itself.
        }
      },
    );
  });
}

/** All rows of a candidate in a store whose key begins with the ticket. */
export function rowsOf(store, ticket) {
  return resultOf(store.getAll(IDBKeyRange.bound([ticket], [ticket, []])));
}
