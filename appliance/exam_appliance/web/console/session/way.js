/** The step bar of a session from download to sign-off. */

import { SESSION_STATE, SESSION_WAY } from "../states.js";
import { TEXT } from "../texts/common.js";

const { computed } = window.Vue;

export const SessionWay = {
  props: { state: { type: String, required: true }, small: Boolean },
  setup(props) {
    const steps = computed(() => {
      const place = SESSION_STATE[props.state].place;
      return SESSION_WAY.map((name, index) => {
        const at = index + 1 === place;
        // The step under way carries the state's own word: paused stands where running stood.
        const look = at ? SESSION_STATE[props.state] : SESSION_STATE[name];
        return { name, look, at, done: index + 1 < place || props.state === "signed_off" };
      });
    });
    return { steps, text: TEXT.sessions, look: computed(() => SESSION_STATE[props.state]) };
  },
  template: `
    <ol class="way" :class="{ small }" :aria-label="text.wayLabel.zh">
      <li v-if="state === 'announced' || state === 'cancelled'" class="at" aria-current="step">
        <el-icon class="way-mark" aria-hidden="true"><Bell v-if="state === 'announced'" /><CircleClose v-else /></el-icon>
        <text-pair :of="look" stack />
      </li>
      <li v-for="step in steps" :key="step.name" :aria-current="step.at ? 'step' : undefined"
        :class="{ done: step.done, at: step.at && !step.done, held: step.at && state === 'paused' }">
        <el-icon class="way-mark" aria-hidden="true">
          <VideoPause v-if="step.at && state === 'paused'" /><Select v-else-if="step.done" />
          <CaretRight v-else-if="step.at" /><span v-else class="way-dot"></span>
        </el-icon>
        <text-pair :of="step.look" stack />
      </li>
    </ol>`,
};
