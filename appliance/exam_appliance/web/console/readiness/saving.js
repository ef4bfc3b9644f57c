/** Saving a file that the server makes. */

import { asProblem } from "../../shared/api.js";

const { ref } = window.Vue;

/** Returns {busy, problem, save(path, name)}: fetches a file and hands it to the browser to keep. */
export function useSaving(desk) {
  const busy = ref("");
  const problem = ref(null);
  async function save(path, name) {
    busy.value = path;
    problem.value = null;
    try {
      const url = URL.createObjectURL(await desk.api.file(path));
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
    } catch (error) {
      problem.value = asProblem(error);
    } finally {
      busy.value = "";
    }
  }
  return { busy, problem, save };
}
