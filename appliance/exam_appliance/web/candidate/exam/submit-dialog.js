/** The warning before handing in: blanks by number, flags, answers still on their way. */

import { asProblem } from "../../shared/api.js";
import { minutes as wholeMinutes } from "../../shared/format.js";
import { EXAM } from "../texts/exam.js";

const { computed, inject, ref } = window.Vue;

export const SubmitDialog = {
  emits: ["close", "go"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const paper = desk.sitting.paper.value;
    const answers = desk.sitting.answers.value;
    const busy = ref(false);
    const problem = ref(null);
    async function hand() {
      busy.value = true;
      problem.value = null;
      try {
        await desk.sitting.submit(paper.blanks.value.length);
        emit("close");
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return {
      desk,
      paper,
      busy,
      problem,
      hand,
      waiting: answers.waiting,
      blanks: paper.blanks,
      flagged: paper.flagged,
      minutes: computed(() => wholeMinutes(desk.clock.remainingMs.value || 0)),
      text: EXAM.submit,
      go: (item) => {
        emit("go", paper.placeOf(item));
        emit("close");
      },
    };
  },
  template: `
    <modal-dialog :title="text.title" @close="$emit('close')">
      <div class="submit-body">
        <template v-if="blanks.length">
          <p class="submit-warn" role="alert"><line-icon name="alert" /><text-pair :of="text.blanks(blanks.length)" /></p>
          <p class="soft small"><text-pair :of="text.blanksHelp" /></p>
          <div class="number-row" id="blank-numbers">
            <button v-for="item in blanks" :key="item.item" type="button" class="cell kd-number" :aria-label="text.goTo(item.number).zh" @click="go(item)">{{ item.number }}</button>
          </div>
        </template>
        <p v-else class="submit-good"><line-icon name="check" /><text-pair :of="text.allAnswered(paper.items.length)" /></p>
        <template v-if="flagged.length">
          <p class="submit-flags"><line-icon name="flag" /><text-pair :of="text.flagged(flagged.length)" /></p>
          <div class="number-row">
            <button v-for="item in flagged" :key="item.item" type="button" class="cell flagged kd-number" :class="{ answered: paper.isAnswered(item) }" :aria-label="text.goTo(item.number).zh" @click="go(item)">{{ item.number }}</button>
          </div>
        </template>
        <p class="submit-final"><text-pair :of="text.final" /> · <text-pair :of="text.timeLeft(minutes)" /></p>
        <note-box v-if="waiting" tone="warn" :title="text.sending(waiting)" role="status" id="submit-sending" />
        <problem-box :of="problem" />
      </div>
      <div class="button-row end">
        <button type="button" class="button big" :class="{ primary: blanks.length }" autofocus @click="$emit('close')"><text-pair :of="text.back" /></button>
        <button type="button" class="button big" :class="blanks.length ? 'danger' : 'primary'" :disabled="busy || waiting > 0" id="hand-in" @click="hand">
          <text-pair :of="busy ? text.handing : blanks.length ? text.handWithBlanks : text.hand" />
        </button>
      </div>
    </modal-dialog>`,
};
