/** Safe Exam Browser: file, Config Key and quit password of each session to come. */

import { useLoaded } from "../parts/parts.js";
import { SEAT_TEXT } from "../texts/seats.js";

const { inject } = window.Vue;

export const LockDown = {
  setup() {
    const desk = inject("desk");
    return { desk, loaded: useLoaded(() => desk.api.get("/seats/lock-down")), words: SEAT_TEXT.lock };
  },
  template: `
    <section class="seat-panel lock-down">
      <h2><text-pair :of="words.title" /></h2>
      <p class="hint"><text-pair :of="words.what" /></p>
      <problem-box :of="loaded.problem.value" />
      <template v-if="loaded.value.value">
        <p v-if="!loaded.value.value.required" class="soft"><text-pair :of="words.off" /></p>
        <dl v-for="one in loaded.value.value.sessions" :key="one.session" class="drawer-facts">
          <div><dt>{{ desk.dateTime(one.starts_at) }}</dt><dd>{{ one.title }}</dd></div>
          <div><dt>{{ words.file.zh }}</dt><dd><a :href="one.file" class="break">{{ one.session }}.seb</a></dd></div>
          <div><dt>{{ words.password.zh }}</dt><dd><code>{{ one.quit_password }}</code></dd></div>
          <div><dt>{{ words.key.zh }}</dt><dd><code class="break small">{{ one.config_key }}</code></dd></div></dl>
        <p v-if="!loaded.value.value.sessions.length" class="soft"><text-pair :of="words.none" /></p>
      </template>
    </section>`,
};
