/** Log-in by ID number or admission ticket number. */

import { asProblem } from "../../shared/api.js";
import { COMMON } from "../texts/common.js";
import { ENTRY } from "../texts/entry.js";

const { computed, inject, onMounted, ref } = window.Vue;

/** The number without what people type between its digits. */
export function plainNumber(text) {
  return text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
}

export const LoginView = {
  setup() {
    const desk = inject("desk");
    const typed = ref("");
    const problem = ref(null);
    const busy = ref(false);
    const field = ref(null);
    onMounted(() => field.value.focus());
    const plain = computed(() => plainNumber(typed.value));
    async function enter() {
      if (busy.value) return;
      problem.value = null;
      if (!plain.value) {
        problem.value = ENTRY.login.empty;
        field.value.focus();
        return;
      }
      busy.value = true;
      try {
        await desk.standing.login(plain.value);
      } catch (error) {
        problem.value = asProblem(error);
        field.value.focus();
        field.value.select();
      } finally {
        busy.value = false;
      }
    }
    const answers = desk.sitting.answers;
    return {
      desk,
      typed,
      plain,
      problem,
      busy,
      field,
      enter,
      kept: computed(() => (answers.value ? answers.value.waiting.value : 0)),
      hall: desk.standing.hall,
      common: COMMON,
      text: ENTRY.login,
    };
  },
  template: `
    <main id="content" class="entry" tabindex="-1">
      <form class="entry-card login-card" novalidate @submit.prevent="enter">
        <h1 id="view-title" tabindex="-1"><text-pair :of="text.title" /></h1>
        <p v-if="desk.standing.seat" class="login-seat"><text-pair :of="text.yourSeat" /><b class="kd-number">{{ desk.standing.seat }}</b></p>
        <note-box v-if="desk.standing.endedBy.value" tone="warn" :title="text.ended" :help="desk.standing.endedBy.value" role="alert" id="login-ended" />
        <note-box v-if="kept" tone="note" :title="text.kept(kept)" id="login-kept" />
        <note-box v-if="!desk.standing.online.value" tone="warn" :title="common.line.away" :help="common.line.awayCalm" role="status" id="login-away" />
        <label class="field-label" for="identity"><text-pair :of="text.label" /></label>
        <input id="identity" ref="field" v-model="typed" class="login-field kd-number" type="text" data-first-focus
          autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40"
          :aria-invalid="problem ? 'true' : 'false'" aria-describedby="identity-help" :readonly="busy" />
        <p id="identity-help" class="field-help"><span>{{ text.help.zh }}<span class="kd-en line" lang="en">{{ text.help.en }}</span></span>
          <span v-if="plain" class="typed kd-number" aria-hidden="true">{{ text.typed(plain.length).zh }}</span></p>
        <problem-box :of="problem" />
        <button type="submit" class="button primary big wide" :disabled="busy"><text-pair :of="busy ? text.entering : text.enter" /></button>
      </form>
      <section v-if="hall" class="login-sessions" :aria-label="text.sessions.zh">
        <h2><text-pair :of="text.sessions" /></h2>
        <p v-if="!hall.sessions.length" class="soft"><text-pair :of="text.none" stack /></p>
        <ul v-else>
          <li v-for="session in hall.sessions" :key="session.session">
            <span class="kd-number session-time">{{ desk.dateTime(session.starts_at) }}</span>
            <span class="session-title">{{ session.title }}</span>
            <span class="session-open" :class="{ open: session.open }"><text-pair :of="session.open ? text.open : text.closed" /></span>
          </li>
        </ul>
      </section>
    </main>`,
};
