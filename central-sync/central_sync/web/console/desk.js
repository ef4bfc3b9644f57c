/**
 * The desk: who works here, the way to the centre, the address, and what changed meanwhile.
 * Made once by main.js and handed to components by provide/inject as "desk".
 */

import { asProblem, createApi } from "../shared/api.js";
import { clockSeconds } from "../shared/format.js";
import { follow } from "../shared/live.js";
import { may, mayOpen } from "./duties.js";
import { longDay, longMoment, shortMoment } from "./moments.js";
import { createRoute, hashOf } from "./router.js";
import { TEXT } from "./texts/common.js";

const { computed, reactive, readonly, ref } = window.Vue;

const BASE = "/api/central";
const FILE_KEPT_MS = 60000;
/** A session in full swing changes the ledger many times a second; pages look again this often, ms. */
const GATHER_MS = 1000;

/** Follows the centre's changes: `changed` counts what each topic told, `line` says how it stands. */
function createChanges(api) {
  const changed = reactive({ sessions: 0, ledger: 0, appliances: 0, jobs: 0 });
  const line = ref("live");
  const gathered = new Set();
  let timer = 0;
  let following = null;
  function all() {
    for (const topic of Object.keys(changed)) changed[topic] += 1;
  }
  function flush() {
    timer = 0;
    if (!gathered.size) return;
    for (const topic of gathered) changed[topic] += 1;
    gathered.clear();
    timer = setTimeout(flush, GATHER_MS);
  }
  function start() {
    following = follow({
      url: `${BASE}/changes`,
      event: "changed",
      onData: ({ topic }) => {
        gathered.add(topic);
        if (!timer) flush();
      },
      // Asked after a silence: what other processes of the centre changed, the stream does not tell.
      ask: async () => {
        await api.get("/me", { timeoutMs: 8000, retry: false });
        all();
      },
      onState: (state) => {
        const back = state === "live" && line.value !== "live";
        line.value = state;
        if (back) all();
      },
    });
  }
  function stop() {
    if (following) following.close();
    following = null;
    clearTimeout(timer);
    timer = 0;
    gathered.clear();
  }
  return { changed: readonly(changed), line, start, stop };
}

/** Makes the desk and asks the centre who is logged in. */
export function createDesk() {
  const me = ref(null);
  /** loading, away (centre not reached), out (log in), in */
  const stage = ref("loading");
  const expired = ref(false);
  const trouble = ref(null);
  const route = createRoute();
  const time = reactive({ now: Date.now() });

  const api = createApi(BASE, {
    onLoginRequired: () => {
      if (stage.value === "in") expired.value = true;
      leave();
    },
  });
  const changes = createChanges(api);

  setInterval(() => {
    time.now = Date.now();
  }, 1000);

  function enter(answer) {
    me.value = answer;
    expired.value = false;
    stage.value = "in";
    changes.stop();
    if (!answer.staff.must_change_password) changes.start();
  }

  function leave() {
    changes.stop();
    me.value = null;
    stage.value = "out";
  }

  async function load() {
    stage.value = "loading";
    try {
      enter(await api.get("/me", { quiet401: true, timeoutMs: 8000 }));
    } catch (problem) {
      trouble.value = asProblem(problem);
      stage.value = problem.status === 401 ? "out" : "away";
    }
  }

  async function login(username, password) {
    enter(await api.post("/login", { username, password }, { quiet401: true }));
  }

  async function logout() {
    try {
      await api.post("/logout", {}, { quiet401: true });
    } finally {
      leave();
      expired.value = false;
      window.location.hash = hashOf("overview");
    }
  }

  async function changePassword(old, fresh) {
    enter(await api.post("/password", { old, new: fresh }));
  }

  const roles = computed(() => (me.value ? me.value.staff.roles : []));
  const zone = computed(() => (me.value ? me.value.time_zone : "Asia/Shanghai"));

  /** Says in a passing note what went wrong. */
  function failed(error) {
    const problem = asProblem(error);
    if (problem.status === 401) return;
    const message = `${problem.zh} / ${problem.en}`;
    window.ElementPlus.ElMessage({ type: "error", message, duration: 8000, showClose: true });
  }

  /** Hands a file over to the browser's downloads. */
  function keep(blob, name) {
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), FILE_KEPT_MS);
  }

  async function download(path, name) {
    try {
      keep(await api.file(path), name);
    } catch (error) {
      failed(error);
    }
  }

  load();

  return {
    me: readonly(me),
    stage,
    expired,
    trouble,
    route,
    time,
    api,
    changed: changes.changed,
    line: changes.line,
    load,
    login,
    logout,
    changePassword,
    zone,
    may: (duty) => may(roles.value, duty),
    mayOpen: (page) => mayOpen(roles.value, page),
    longDay: (moment, other) => longDay(moment, other || zone.value),
    longMoment: (moment, other) => longMoment(moment, other || zone.value),
    shortMoment: (moment, other) => shortMoment(moment, other || zone.value),
    clockSeconds: (moment) => clockSeconds(moment, zone.value),
    hashOf,
    go: (page, id, tab) => {
      window.location.hash = hashOf(page, id, tab);
    },
    keep,
    download,
    failed,
    /** Says in a passing note that something was done. */
    said: (text) => window.ElementPlus.ElMessage({ type: "success", message: text.zh, showClose: true }),
    text: TEXT,
  };
}
