/** A check that runs on the server: its view, looked at again while it is under way. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";

const { computed, onUnmounted, ref } = window.Vue;

const LOOK_MS = 700;

/** Returns {view, problem, running, begin, take}; `path` such as /readiness. */
export function useRun(desk, path) {
  const loaded = useLoaded(() => desk.api.get(path));
  const wrong = ref(null);
  const view = computed(() => loaded.value.value);
  const running = computed(() => Boolean(view.value && view.value.running));
  const timer = setInterval(() => running.value && loaded.again(), LOOK_MS);
  onUnmounted(() => clearInterval(timer));
  async function begin() {
    wrong.value = null;
    try {
      loaded.value.value = await desk.api.post(`${path}/run`, {});
    } catch (error) {
      wrong.value = asProblem(error);
      loaded.again();
    }
  }
  return {
    view, running, begin,
    problem: computed(() => wrong.value || loaded.problem.value),
    /** Takes a fresh view that another request brought. */
    take: (fresh) => {
      loaded.value.value = fresh;
    },
  };
}
