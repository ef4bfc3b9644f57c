/** What happened at a device: its events for the technician's eyes, its plugs and faults. */

import { useLoaded } from "../parts/parts.js";
import { EVENT_WORDS } from "../texts/device-values.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { devicePath } from "./feed.js";
import { HISTORY_LOOK, resultOf } from "./looks.js";
import { BlobPicture } from "./marks.js";
import { valueRows } from "./values.js";

const { computed, inject, watch } = window.Vue;

const WORDS = DEVICE_TEXT.drawer;
const LINES = 30;
const PICTURE_KEPT_MS = 60000;

export const EventsPanel = {
  components: { BlobPicture },
  props: { device: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const devices = inject("devices");
    watch(
      () => props.device.id,
      async (id) => {
        try {
          devices.takeEvents(id, (await desk.api.get(devicePath(id, "/events"))).events);
        } catch (error) {
          desk.failed(error);
        }
      },
      { immediate: true },
    );
    const events = computed(() =>
      (devices.events.get(props.device.id) || []).map((event) => ({
        ...event,
        words: EVENT_WORDS[event.name] || { zh: event.name, en: "" },
        values: valueRows(event.body),
        fresh: desk.time.tick && Date.now() + desk.time.serverOffsetMs - Date.parse(event.at) < PICTURE_KEPT_MS,
      })),
    );
    return { desk, events, words: WORDS };
  },
  template: `
    <section class="drawer-part device-events">
      <h3><text-pair :of="words.events" /></h3>
      <ol v-if="events.length" aria-live="polite"><li v-for="event in events" :key="event.at + event.name" :data-event="event.name">
        <time class="kd-number">{{ desk.clockSeconds(event.at) }}</time>
        <div><strong><text-pair :of="event.words" /></strong>
          <dl v-if="event.values.length" class="event-values"><div v-for="value in event.values" :key="value.key"><dt :title="value.of.en">{{ value.of.zh }}</dt><dd>{{ value.is }}</dd></div></dl>
          <blob-picture v-if="event.blob && event.fresh" :blob="event.blob" :label="words.eventPicture" /></div></li></ol>
      <p v-else class="soft"><text-pair :of="words.noEvents" /></p>
    </section>`,
};

export const PlugsPanel = {
  props: { device: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const loaded = useLoaded(
      async () => (await desk.api.get(`/devices/history?limit=${LINES}&device=${encodeURIComponent(props.device.id)}`)).lines,
      () => `${props.device.id} ${props.device.state} ${props.device.since} ${props.device.last_test ? props.device.last_test.at : ""}`,
    );
    const lines = computed(() =>
      (loaded.value.value || []).map((line) => ({ ...line, look: HISTORY_LOOK[line.what] || {}, words: DEVICE_TEXT.history.what[line.what] || { zh: line.what, en: "" }, result: resultOf(line) })),
    );
    return { desk, loaded, lines, words: WORDS, none: DEVICE_TEXT.history.none };
  },
  template: `
    <section class="drawer-part device-plugs">
      <h3><text-pair :of="words.history" /></h3>
      <problem-box :of="loaded.problem.value" />
      <ol v-if="lines.length"><li v-for="line in lines" :key="line.at + line.what" :data-what="line.what"><time class="kd-number">{{ desk.dateTime(line.at) }}</time>
        <div><span class="history-what" :class="'tone-' + line.look.tone"><el-icon aria-hidden="true"><component :is="line.look.icon || 'InfoFilled'" /></el-icon> <text-pair :of="line.words" /></span>
          <span v-if="line.result" class="verdict" :class="line.detail === 'passed' ? 'pass' : 'fail'"><text-pair :of="line.result" /></span>
          <div v-if="line.reason" class="small"><text-pair :of="line.reason" stack /></div></div></li></ol>
      <p v-else-if="loaded.value.value" class="soft"><text-pair :of="none" /></p>
    </section>`,
};
