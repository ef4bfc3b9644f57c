/** What a page fetched, fetched anew when something it depends on changes. */

const { onUnmounted, ref, watch } = window.Vue;

/**
 * Runs `fetch` at once and whenever `when` changes; gives {value, problem, loading, again}.
 * One fetch runs at a time; what changes meanwhile is fetched afterwards, so that a slow line and a
 * session in full swing neither pile up requests nor keep the page from ever showing an answer.
 */
export function useLoaded(fetch, when = null) {
  const value = ref(null);
  const problem = ref(null);
  const loading = ref(false);
  let due = false;
  let gone = false;
  let running = null;
  async function rounds() {
    loading.value = true;
    while (due && !gone) {
      due = false;
      try {
        value.value = await fetch();
        problem.value = null;
      } catch (error) {
        problem.value = error;
      }
    }
    loading.value = false;
    running = null;
  }
  function again() {
    due = true;
    if (!running) running = rounds();
    return running;
  }
  if (when) watch(when, again);
  onUnmounted(() => {
    gone = true;
  });
  again();
  return { value, problem, loading, again };
}

/** Runs one piece of work at a time; gives {busy, problem, run(work)}; `run` tells whether it went well. */
export function useWork() {
  const busy = ref(false);
  const problem = ref(null);
  async function run(work) {
    busy.value = true;
    problem.value = null;
    try {
      await work();
      return true;
    } catch (error) {
      problem.value = error;
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, problem, run };
}
