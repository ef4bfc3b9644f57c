/** Whether every response has reached the server's disk, and since when. */

import { EXAM } from "../texts/exam.js";

const { computed, inject, onBeforeUnmount, ref, watch } = window.Vue;

/** A save on its way for this long is told as waiting, milliseconds. */
const SLOW_MS = 1500;

export const SavedMark = {
  setup() {
    const desk = inject("desk");
    const slow = ref(false);
    let timer = 0;
    const answers = desk.sitting.answers;
    const waiting = computed(() => (answers.value ? answers.value.waiting.value : 0));
    const failing = computed(
      () => !desk.standing.online.value || slow.value || Boolean(answers.value && answers.value.failing.value),
    );
    watch(
      () => waiting.value > 0,
      (some) => {
        clearTimeout(timer);
        slow.value = false;
        if (some) {
          timer = setTimeout(() => {
            slow.value = true;
          }, SLOW_MS);
        }
      },
      { immediate: true },
    );
    onBeforeUnmount(() => clearTimeout(timer));
    return {
      look: computed(() => {
        if (waiting.value > 0 && failing.value) {
          const words = desk.durable.value ? EXAM.saved.waiting : EXAM.saved.memory;
          return { kind: "kept", icon: "disk", of: words(waiting.value) };
        }
        if (waiting.value > 0) return { kind: "sending", icon: "cloud", of: EXAM.saved.now };
        const at = answers.value && answers.value.savedAtMs.value;
        if (at) return { kind: "saved", icon: "check", of: EXAM.saved.at(desk.clockSeconds(at)) };
        return { kind: "none", icon: "cloud", of: EXAM.saved.none };
      }),
    };
  },
  template: `
    <div class="saved-mark" :class="look.kind" role="status" aria-live="polite" id="saved-mark">
      <line-icon :name="look.icon" /><text-pair :of="look.of" />
    </div>`,
};
