/**
 * Follows server-sent events and never gives up: the browser reconnects by itself where it can, a
 * refused stream is opened anew, a silent one is checked by asking, and meanwhile the page asks.
 */

const SILENCE_MS = 15000;
const ASK_EVERY_MS = 3000;

/**
 * @param {object} how
 * @param {string} how.url stream
 * @param {string} how.event name of the event
 * @param {(data: object) => void} how.onData a parsed event
 * @param {() => Promise<void>} how.ask fetches the whole state anew; rejects when the server is away
 * @param {(state: "live"|"asking"|"lost") => void} how.onState live: stream is open; asking: stream
 *   is away but the server answers; lost: nothing answers
 * @returns {{close: () => void}}
 */
export function follow({ url, event, onData, ask, onState }) {
  let source = null;
  let closed = false;
  let heard = Date.now();
  let interrupted = false;
  let asking = false;
  let state = "";
  let timer = 0;

  function tell(next) {
    if (next !== state && !closed) {
      state = next;
      onState(next);
    }
  }

  function open() {
    if (source) source.close();
    const mine = new EventSource(url);
    source = mine;
    mine.onopen = () => {
      if (mine !== source || closed) return;
      heard = Date.now();
      const again = interrupted;
      interrupted = false;
      tell("live");
      // The stream resumes by its last id; what a restarted server no longer has comes by asking.
      if (again) check();
    };
    mine.onerror = () => {
      if (mine !== source || closed) return;
      interrupted = true;
      check();
    };
    mine.addEventListener(event, (message) => {
      if (mine !== source || closed) return;
      heard = Date.now();
      onData(JSON.parse(message.data));
    });
  }

  async function check() {
    if (asking || closed) return;
    asking = true;
    try {
      await ask();
      heard = Date.now();
      if (interrupted) tell("asking");
    } catch (problem) {
      if (!closed && problem.status === 401) close();
      else {
        interrupted = true;
        tell("lost");
      }
    } finally {
      asking = false;
    }
  }

  async function watch() {
    if (closed) return;
    if (interrupted) {
      await check();
      if (!closed && interrupted && state === "asking" && source.readyState !== EventSource.OPEN) open();
    } else if (Date.now() - heard > SILENCE_MS) {
      await check();
      if (!closed && interrupted) open();
    }
    if (!closed) timer = setTimeout(watch, ASK_EVERY_MS);
  }

  function close() {
    closed = true;
    clearTimeout(timer);
    if (source) source.close();
  }

  open();
  timer = setTimeout(watch, ASK_EVERY_MS);
  return { close };
}
