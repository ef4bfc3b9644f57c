/** Small parts of the devices' pages: marks of kind and state, pictures that need the login. */

import { asProblem } from "../../shared/api.js";
import { DEVICE_TEXT } from "../texts/devices.js";
import { KIND_ICON, STATE_LOOK } from "./looks.js";

const { computed, inject, onUnmounted, ref, watch } = window.Vue;

/** State of a device: icon and word. */
export const DeviceStateMark = {
  props: { state: { type: String, required: true }, english: Boolean },
  setup: (props) => ({ look: computed(() => STATE_LOOK[props.state]), words: computed(() => DEVICE_TEXT.states[props.state]) }),
  template: `
    <span class="device-state" :class="'tone-' + look.tone" :data-state="state">
      <el-icon aria-hidden="true"><component :is="look.icon" /></el-icon>
      <text-pair v-if="english" :of="words" /><span v-else :title="words.en">{{ words.zh }}</span>
    </span>`,
};

/** Icon of a kind of device. */
export const KindIcon = {
  props: { kind: { type: String, required: true } },
  setup: (props) => ({ icon: computed(() => KIND_ICON[props.kind] || "Cpu") }),
  template: `<el-icon class="kind-icon" aria-hidden="true"><component :is="icon" /></el-icon>`,
};

/** A picture that the daemon keeps for a minute or two; fetched once and then the page's own. */
export const BlobPicture = {
  props: { blob: { type: String, required: true }, label: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const url = ref("");
    const problem = ref(null);
    const drop = () => {
      if (url.value) URL.revokeObjectURL(url.value);
      url.value = "";
    };
    async function load() {
      drop();
      problem.value = null;
      const wanted = props.blob;
      try {
        const picture = await desk.api.file(`/devices/blobs/${wanted}`);
        if (wanted === props.blob) url.value = URL.createObjectURL(picture);
      } catch (error) {
        problem.value = asProblem(error);
      }
    }
    watch(() => props.blob, load, { immediate: true });
    onUnmounted(drop);
    return { url, problem };
  },
  template: `
    <figure class="blob-picture"><a v-if="url" :href="url" target="_blank"><img :src="url" :alt="label.zh" /></a>
      <problem-box v-else :of="problem" /></figure>`,
};
