/**
 * The desk: who works here, the way to the server, the address and the time.
 * Made once by main.js and handed to components by provide/inject as "desk".
 */

import { asProblem, createApi } from "../shared/api.js";
import { dateTime, clock as clockText, clockSeconds } from "../shared/format.js";
import { mayAct, mayOpen, mayStep } from "./duties.js";
import { createRoute, sessionHash } from "./router.js";
import { TEXT } from "./texts/common.js";

const { computed, reactive, readonly, ref } = window.Vue;

/** Makes the desk and asks the server who is logged in. */
export function createDesk() {
  const me = ref(null);
  /** loading, away (server not reached), out (log in), in */
  const stage = ref("loading");
  const expired = ref(false);
  const trouble = ref(null);
  const route = createRoute();
  const time = reactive({ tick: performance.now(), serverOffsetMs: 0 });

  const onLoginRequired = () => {
    if (stage.value === "in") expired.value = true;
    me.value = null;
    stage.value = "out";
  };
  const api = createApi("/api/console", { onLoginRequired });
  const practiceApi = createApi("/api/console/practice", { onLoginRequired });

  setInterval(() => {
    time.tick = performance.now();
  }, 1000);

  async function load() {
    stage.value = "loading";
    try {
      me.value = await api.get("/me", { quiet401: true, timeoutMs: 8000 });
      stage.value = "in";
    } catch (problem) {
      trouble.value = asProblem(problem);
      stage.value = problem.status === 401 ? "out" : "away";
    }
  }

  async function login(username, password) {
    me.value = await api.post("/login", { username, password }, { quiet401: true });
    expired.value = false;
    stage.value = "in";
  }

  async function logout() {
    try {
      await api.post("/logout", {}, { quiet401: true });
    } finally {
      me.value = null;
      expired.value = false;
      stage.value = "out";
      window.location.hash = "#/sessions";
    }
  }

  async function changePassword(old, fresh) {
    const answer = await api.post("/password", { old, new: fresh });
    if (answer && answer.staff) me.value = answer;
    else me.value = await api.get("/me");
  }

  const roles = computed(() => (me.value ? me.value.staff.roles : []));
  const zone = computed(() => (me.value ? me.value.time_zone : "Asia/Shanghai"));

  load();

  return {
    me: readonly(me),
    stage,
    expired,
    trouble,
    route,
    time,
    api,
    practiceApi,
    apiOf: (practice) => (practice ? practiceApi : api),
    load,
    login,
    logout,
    changePassword,
    roles,
    zone,
    mayStep: (step, practice) => mayStep(roles.value, step, practice),
    mayAct: (practice) => mayAct(roles.value, practice),
    mayOpen: (page, practice) => mayOpen(roles.value, page, practice),
    dateTime: (moment) => dateTime(moment, zone.value),
    clock: (moment) => clockText(moment, zone.value),
    clockSeconds: (moment) => clockSeconds(moment, zone.value),
    /** Takes the server's own time along, so that the page's clock is the server's. */
    heardTime: (moment) => {
      time.serverOffsetMs = Date.parse(moment) - Date.now();
    },
    go: (hash) => {
      window.location.hash = hash;
    },
    sessionHash,
    /** Says in a passing note that something was done. */
    said: (text) => window.ElementPlus.ElMessage({ type: "success", message: text.zh, showClose: true }),
    /** Says in a passing note what went wrong. */
    failed: (error) => {
      const problem = asProblem(error);
      if (problem.status === 401) return;
      window.ElementPlus.ElMessage({
        type: "error",
        message: `${problem.zh} / ${problem.en}`,
        duration: 8000,
        showClose: true,
      });
    },
    text: TEXT,
  };
}
