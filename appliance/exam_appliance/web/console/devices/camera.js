/** What a device can be told from here: a camera's live picture and stills, a printer's test page. */

import { asProblem } from "../../shared/api.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { devicePath } from "./feed.js";
import { nameOf } from "./looks.js";
import { BlobPicture } from "./marks.js";
import { valueRows } from "./values.js";

const { computed, inject, onUnmounted, ref, watch } = window.Vue;

const WORDS = DEVICE_TEXT.drawer;
const BETWEEN_FRAMES_MS = 150;
const AFTER_PROBLEM_MS = 2000;
const FRAME_TIMEOUT_MS = 8000;
const ACTION_TIMEOUT_MS = 130000;
const LIVE = "live";

/** Asks for one frame after the other for as long as it is looked at. */
const LivePicture = {
  props: { device: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const url = ref("");
    const problem = ref(null);
    let shown = true;
    let timer = 0;
    function take(picture) {
      const old = url.value;
      url.value = URL.createObjectURL(picture);
      if (old) URL.revokeObjectURL(old);
    }
    async function next() {
      let wait = BETWEEN_FRAMES_MS;
      try {
        if (!document.hidden) take(await desk.api.file(devicePath(props.device.id, "/live"), { retry: false, timeoutMs: FRAME_TIMEOUT_MS }));
        problem.value = null;
      } catch (error) {
        problem.value = asProblem(error);
        wait = AFTER_PROBLEM_MS;
      }
      if (shown) timer = setTimeout(next, wait);
      else if (url.value) URL.revokeObjectURL(url.value);
    }
    next();
    onUnmounted(() => {
      shown = false;
      clearTimeout(timer);
      if (url.value) URL.revokeObjectURL(url.value);
    });
    return { url, problem, label: computed(() => WORDS.liveOf(nameOf(props.device)).zh), words: WORDS };
  },
  template: `
    <figure class="live-picture"><img v-if="url" :src="url" :alt="label" /><p v-else-if="!problem" class="soft"><text-pair :of="words.liveWaits" /></p>
      <problem-box :of="problem" /></figure>`,
};

export const ActionsPanel = {
  components: { BlobPicture, LivePicture },
  props: { device: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const live = ref(false);
    const busy = ref("");
    const problem = ref(null);
    const answer = ref(null);
    const others = computed(() => props.device.actions.filter((action) => action.name !== LIVE));
    const camera = computed(() => props.device.actions.some((action) => action.name === LIVE));
    watch(
      () => props.device.id,
      () => {
        live.value = false;
        problem.value = null;
        answer.value = null;
      },
    );
    async function act(name) {
      busy.value = name;
      problem.value = null;
      answer.value = null;
      try {
        answer.value = await desk.api.post(devicePath(props.device.id, `/actions/${name}`), {}, { timeoutMs: ACTION_TIMEOUT_MS });
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = "";
      }
    }
    const told = computed(() => (answer.value ? valueRows(answer.value.body) : []));
    return { live, busy, problem, answer, others, camera, act, told, words: WORDS };
  },
  template: `
    <section v-if="device.actions.length" class="drawer-part device-actions">
      <div class="button-row">
        <el-button v-if="camera" class="toggle-live" size="small" icon="VideoCamera" :aria-pressed="live" @click="live = !live"><text-pair :of="live ? words.hideLive : words.showLive" /></el-button>
        <el-button v-for="action in others" :key="action.name" size="small" :data-action="action.name" :loading="busy === action.name" :disabled="busy !== ''" @click="act(action.name)"><text-pair :of="action" /></el-button>
      </div>
      <live-picture v-if="live && camera" :key="device.id" :device="device" />
      <problem-box :of="problem" />
      <div v-if="answer" class="action-answer" role="status"><p class="good"><el-icon aria-hidden="true"><Select /></el-icon> <text-pair :of="words.done" /></p>
        <blob-picture v-if="answer.blob" :blob="answer.blob" :label="words.still" />
        <dl v-if="told.length" class="drawer-facts"><div v-for="value in told" :key="value.key"><dt><text-pair :of="value.of" /></dt><dd>{{ value.is }}</dd></div></dl></div>
    </section>`,
};
