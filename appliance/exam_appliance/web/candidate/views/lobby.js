/** Before the exam: instructions, practice items, waiting room. */

import { ENTRY } from "../texts/entry.js";
import { InstructionsView } from "./instructions.js";
import { PracticeView } from "./practice.js";
import { WaitingView } from "./waiting.js";

const { inject, nextTick, ref } = window.Vue;

export const LobbyView = {
  components: { InstructionsView, PracticeView, WaitingView },
  setup() {
    const desk = inject("desk");
    const step = ref("instructions");
    function go(to) {
      step.value = to;
      nextTick(() => document.getElementById("view-title").focus());
    }
    return { desk, step, go, steps: ["instructions", "practice", "waiting"], text: ENTRY.lobby };
  },
  template: `
    <main id="content" class="lobby" tabindex="-1">
      <nav class="steps" :aria-label="text.steps.zh + ' ' + text.steps.en">
        <ol>
          <li v-for="(name, at) in steps" :key="name" :class="{ at: step === name }">
            <button type="button" :aria-current="step === name ? 'step' : null" @click="go(name)">
              <span class="step-number" aria-hidden="true">{{ at + 1 }}</span><text-pair :of="text[name]" stack />
            </button>
          </li>
        </ol>
      </nav>
      <div class="lobby-body">
        <instructions-view v-if="step === 'instructions'" @go="go" />
        <practice-view v-else-if="step === 'practice'" @go="go" />
        <waiting-view v-else @go="go" />
      </div>
    </main>`,
};
