/** The instructions: time, points, sections, rules, keys. */

import { KeyHints } from "../parts/key-hints.js";
import { TYPE } from "../texts/common.js";
import { ENTRY } from "../texts/entry.js";

const { computed, inject } = window.Vue;

export const InstructionsView = {
  components: { KeyHints },
  emits: ["go"],
  setup() {
    const desk = inject("desk");
    const exam = computed(() => desk.standing.state.value.exam);
    return {
      desk,
      exam,
      types: TYPE,
      items: computed(() => exam.value.sections.reduce((sum, section) => sum + section.items, 0)),
      minutes: computed(() => exam.value.duration_minutes + exam.value.extra_minutes),
      text: ENTRY.instructions,
      lobby: ENTRY.lobby,
    };
  },
  template: `
    <section class="panel" aria-labelledby="view-title">
      <h1 id="view-title" tabindex="-1"><text-pair :of="text.title" /></h1>
      <dl class="facts">
        <div><dt><text-pair :of="text.starts" /></dt><dd class="kd-number">{{ desk.dateTime(exam.starts_at) }}</dd></div>
        <div><dt><text-pair :of="text.duration" /></dt><dd><text-pair :of="text.minutes(minutes)" />
          <span v-if="exam.extra_minutes" class="fact-note">{{ text.extra(exam.extra_minutes).zh }}</span></dd></div>
        <div><dt><text-pair :of="text.full" /></dt><dd><text-pair :of="text.points(exam.points)" /></dd></div>
        <div><dt><text-pair :of="text.pass" /></dt><dd><text-pair :of="text.points(exam.pass_points)" /></dd></div>
      </dl>
      <div class="two-columns">
        <div>
          <h2><text-pair :of="text.rulesTitle" /></h2>
          <ol class="rules"><li v-for="rule in text.rules" :key="rule.zh">{{ rule.zh }}<span class="kd-en line" lang="en">{{ rule.en }}</span></li></ol>
        </div>
        <div>
          <table class="sections">
            <thead><tr><th scope="col"><text-pair :of="text.type" /></th><th scope="col" class="num"><text-pair :of="text.items" /></th>
              <th scope="col" class="num"><text-pair :of="text.each" /></th><th scope="col" class="num"><text-pair :of="text.sum" /></th></tr></thead>
            <tbody>
              <tr v-for="(section, at) in exam.sections" :key="at">
                <th scope="row"><text-pair :of="types[section.type]" /></th><td class="num">{{ section.items }}</td>
                <td class="num">{{ section.points }}</td><td class="num">{{ section.items * section.points }}</td>
              </tr>
            </tbody>
            <tfoot><tr><th scope="row"><text-pair :of="text.total" /></th><td class="num">{{ items }}</td><td></td><td class="num">{{ exam.points }}</td></tr></tfoot>
          </table>
          <h2><text-pair :of="text.keysTitle" /></h2>
          <key-hints />
        </div>
      </div>
      <div class="button-row end">
        <button type="button" class="button big" @click="$emit('go', 'waiting')"><text-pair :of="lobby.toWaiting" /></button>
        <button type="button" class="button primary big" @click="$emit('go', 'practice')"><text-pair :of="lobby.toPractice" /></button>
      </div>
    </section>`,
};
