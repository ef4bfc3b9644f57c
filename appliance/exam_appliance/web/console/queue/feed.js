/** The queue as the server tells it live. */

import { asProblem } from "../../shared/api.js";
import { follow } from "../../shared/live.js";

const { ref } = window.Vue;

/** Follows the queue until `close`. */
export function createQueue(desk) {
  const value = ref(null);
  const problem = ref(null);
  const heard = (next) => {
    value.value = next;
    problem.value = null;
  };
  async function again() {
    try {
      heard(await desk.api.get("/queue"));
    } catch (error) {
      problem.value = asProblem(error);
      throw error;
    }
  }
  const stream = follow({ url: "/api/console/queue/events", event: "queue", onData: heard, ask: again, onState: () => {} });
  return { value, problem, again, close: stream.close };
}
