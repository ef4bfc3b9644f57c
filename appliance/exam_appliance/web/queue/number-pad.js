/** Typing a number: by touch, or by keyboard alone. Goes back by itself when nobody types. */

import { TEXT } from "./texts.js";
import { WordPair } from "./word-pair.js";

const { nextTick, onMounted, onUnmounted, ref } = window.Vue;

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "X", "0"];
const LONGEST = 18;
const IDLE_MS = 45000;

export const NumberPad = {
  components: { WordPair },
  props: { busy: { type: Boolean, required: true } },
  emits: ["take", "back"],
  setup(props, { emit }) {
    const typed = ref("");
    const field = ref(null);
    let idle = 0;
    function alive() {
      clearTimeout(idle);
      idle = setTimeout(() => emit("back"), IDLE_MS);
    }
    function put(sign) {
      alive();
      if (typed.value.length < LONGEST) typed.value += sign;
    }
    function clean() {
      alive();
      typed.value = typed.value.toUpperCase().replace(/[^0-9A-Z]/g, "").slice(0, LONGEST);
    }
    function erase() {
      alive();
      typed.value = typed.value.slice(0, -1);
    }
    const take = () => typed.value && !props.busy && emit("take", typed.value);
    onMounted(() => {
      alive();
      nextTick(() => field.value.focus());
    });
    onUnmounted(() => clearTimeout(idle));
    return { typed, field, keys: KEYS, put, clean, erase, take, text: TEXT };
  },
  template: `
    <main class="pad" @keydown.esc="$emit('back')">
      <label for="typed"><word-pair :of="text.ask" /></label>
      <input id="typed" ref="field" v-model="typed" inputmode="none" autocomplete="off" spellcheck="false" @input="clean" @keydown.enter.prevent="take" />
      <div class="keys">
        <button v-for="key in keys" :key="key" type="button" class="key" @click="put(key)">{{ key }}</button>
        <button type="button" class="key erase" @click="erase"><word-pair :of="text.erase" /></button>
      </div>
      <div class="deeds">
        <button type="button" class="big plain" @click="$emit('back')"><word-pair :of="text.back" /></button>
        <button type="button" class="big take" :disabled="!typed || busy" @click="take"><word-pair :of="text.take" /></button>
      </div>
    </main>`,
};
