/**
 * Devices as they live: everything from the server and all that changes, for all pages of the console.
 * Made once by main.js and handed to components by provide/inject as "devices"; follows while somebody is logged in.
 */

import { follow } from "../../shared/live.js";

const { computed, reactive, ref, shallowRef, watch } = window.Vue;

const ASK_TIMEOUT_MS = 6000;
const EVENTS_KEPT = 20;
const NO_POWER = { power: "none", device: "", since: null, charge_percent: null, runtime_s: null, running: [] };

/** Returns the path of a device below /devices, whatever its id holds. */
export function devicePath(id, rest = "") {
  return `/devices/by-id/${encodeURIComponent(id)}${rest}`;
}

export function createDevices(desk) {
  const byId = reactive(new Map());
  const events = reactive(new Map());
  const view = reactive({ run: "", seq: -1, line: null, dock: false, kinds: [], stations: [], station_kinds: [], power: NO_POWER, unknown: [], missed: [] });
  const problem = shallowRef(null);
  /** live, asking or lost, as of shared/live.js */
  const line = ref("live");
  let stream = null;

  function takeWhole(whole) {
    if (whole.run === view.run && whole.seq < view.seq) return;
    if (whole.run !== view.run) events.clear();
    const here = new Set(whole.devices.map((device) => device.id));
    for (const id of [...byId.keys()]) if (!here.has(id)) byId.delete(id);
    for (const device of whole.devices) byId.set(device.id, device);
    const { run, seq, line: daemon, dock, kinds, stations, station_kinds: stationKinds, power, unknown, missed } = whole;
    Object.assign(view, { run, seq, line: daemon, dock, kinds, stations, station_kinds: stationKinds, power, unknown, missed });
    problem.value = null;
  }

  function takeChange(change) {
    if (change.whole) {
      takeWhole(change.whole);
      return;
    }
    if (change.run !== view.run) return;
    for (const device of change.devices) byId.set(device.id, device);
    for (const id of change.gone) byId.delete(id);
    for (const event of change.events) {
      events.set(event.device, [event, ...(events.get(event.device) || [])].slice(0, EVENTS_KEPT));
    }
    view.seq = Math.max(view.seq, change.seq);
    Object.assign(view, { line: change.line, power: change.power, unknown: change.unknown, missed: change.missed });
    if (change.stations) Object.assign(view, { stations: change.stations, station_kinds: change.station_kinds });
  }

  async function ask(options) {
    try {
      takeWhole(await desk.api.get("/devices", options));
    } catch (error) {
      problem.value = error;
      throw error;
    }
  }

  function open() {
    stream = follow({
      url: `${desk.api.base}/devices/events`,
      event: "devices",
      onData: takeChange,
      ask: () => ask({ retry: false, timeoutMs: ASK_TIMEOUT_MS }),
      onState: (state) => {
        line.value = state;
      },
    });
  }

  function close() {
    if (stream) stream.close();
    stream = null;
    byId.clear();
    events.clear();
    Object.assign(view, { run: "", seq: -1, line: null, stations: [], power: NO_POWER, unknown: [], missed: [] });
  }

  const inside = computed(() => desk.stage.value === "in" && !desk.me.value.staff.must_change_password);
  watch(
    inside,
    (is) => {
      if (is) open();
      else close();
    },
    { immediate: true },
  );

  const list = computed(() => [...byId.values()]);
  const groups = computed(() =>
    view.kinds
      .map((kind) => ({ ...kind, devices: list.value.filter((device) => device.kind === kind.kind) }))
      .filter((group) => group.devices.length),
  );
  const roles = computed(() =>
    view.stations.flatMap((station) => station.roles.map((role) => ({ ...role, station }))),
  );

  return {
    view,
    list,
    groups,
    roles,
    events,
    line,
    problem,
    device: (id) => byId.get(id),
    /** The role of an id with its station, undefined when the site has none. */
    roleNamed: (id) => roles.value.find((role) => role.role === id),
    kind: (kind) => view.kinds.find((one) => one.kind === kind) || { zh: kind, en: kind },
    /** Takes events of a device that came before this page looked. */
    takeEvents: (id, past) => {
      const known = new Set((events.get(id) || []).map((event) => event.at + event.name));
      events.set(id, [...(events.get(id) || []), ...past.filter((event) => !known.has(event.at + event.name))].slice(0, EVENTS_KEPT));
    },
    /** Posts below /devices; an answer that is the whole view is taken. */
    async change(method, path, body) {
      const answer = await desk.api[method](`/devices${path}`, body);
      if (answer && answer.run) takeWhole(answer);
      return answer;
    },
  };
}
