/** Closing (签结): the checklist, then two people sign the session off. */

import { asProblem } from "../../shared/api.js";
import { useLoaded } from "../parts/parts.js";
import { TEXT } from "../texts/common.js";
import { SESSION_TEXT } from "../texts/session.js";

const { computed, inject, onUnmounted, reactive, ref } = window.Vue;

const WORDS = SESSION_TEXT.closing;
const REFRESH_MS = 5000;

export const ClosingTab = {
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const form = reactive({ remarks: "", second: { username: "", password: "" } });
    const problem = ref(null);
    const busy = ref(false);
    const loaded = useLoaded(() => feed.get("closing"), () => feed.session.value.state);
    // Points such as "all sent to the centre" come true without any event of the board.
    const timer = setInterval(loaded.again, REFRESH_MS);
    onUnmounted(() => clearInterval(timer));
    const session = computed(() => feed.session.value);
    const openRequired = computed(() =>
      loaded.value.value ? loaded.value.value.points.filter((point) => point.required && !point.ok).length : 0,
    );
    async function sign() {
      const username = form.second.username.trim();
      if (!username || !form.second.password) problem.value = TEXT.second.missing;
      else if (username === desk.me.value.staff.username) problem.value = TEXT.second.self;
      else {
        busy.value = true;
        problem.value = null;
        try {
          const body = { remarks: form.remarks.trim(), second: { username, password: form.second.password } };
          feed.takeSession(await feed.post("sign-off", body));
          desk.said(SESSION_TEXT.stepDone.sign_off);
        } catch (error) {
          problem.value = asProblem(error);
          form.second.password = "";
        } finally {
          busy.value = false;
        }
      }
    }
    return {
      desk, loaded, form, problem, busy, session, openRequired, sign, words: WORDS,
      may: computed(() => desk.mayStep("sign_off", session.value.practice)),
      signable: computed(() => session.value.steps.includes("sign_off") && loaded.value.value && loaded.value.value.ready),
    };
  },
  template: `
    <div class="tab-page closing">
      <section>
        <h2 class="group-title"><text-pair :of="words.title" /></h2>
        <problem-box :of="loaded.problem.value" />
        <ul v-if="loaded.value.value" class="checklist">
          <li v-for="point in loaded.value.value.points" :key="point.id" :class="{ ok: point.ok, stop: point.required && !point.ok }" :data-point="point.id">
            <el-icon aria-hidden="true"><CircleCheckFilled v-if="point.ok" /><CircleCloseFilled v-else-if="point.required" /><WarningFilled v-else /></el-icon>
            <div><strong><text-pair :of="point" /></strong>
              <p v-if="point.detail_zh"><text-pair :of="{ zh: point.detail_zh, en: point.detail_en }" stack /></p></div>
            <span class="point-state"><b>{{ (point.ok ? words.done : words.open).zh }}</b>
              <small>{{ (point.required ? words.required : words.optional).zh }}</small></span>
          </li>
        </ul>
      </section>
      <section class="sign-off">
        <el-alert v-if="session.state === 'signed_off'" type="success" :closable="false" show-icon>
          <template #title><text-pair :of="words.signedOff" /></template></el-alert>
        <template v-else-if="loaded.value.value">
          <el-alert :type="loaded.value.value.ready ? 'success' : 'warning'" :closable="false" show-icon>
            <template #title><text-pair :of="loaded.value.value.ready ? words.ready : words.notReady(openRequired)" stack /></template></el-alert>
          <el-alert v-if="!may" type="info" :closable="false" show-icon><template #title><text-pair :of="words.leadOnly" /></template></el-alert>
          <form v-else novalidate @submit.prevent="sign">
            <reason-field v-model="form.remarks" :quick="words.quick" :label="words.remarks" input-id="remarks" />
            <second-person v-model="form.second" />
            <p class="consequence"><text-pair :of="words.confirm" stack /></p>
            <problem-box :of="problem" />
            <el-button type="primary" size="large" icon="Stamp" native-type="submit" class="wide sign" :disabled="!signable" :loading="busy">
              <text-pair :of="words.sign" /></el-button>
          </form>
        </template>
      </section>
    </div>`,
};
