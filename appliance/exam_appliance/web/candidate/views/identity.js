/** The candidate's own data, to be confirmed, or "not me". */

import { asProblem } from "../../shared/api.js";
import { ENTRY } from "../texts/entry.js";

const { computed, inject, ref } = window.Vue;

export const IdentityView = {
  setup() {
    const desk = inject("desk");
    const busy = ref(false);
    const problem = ref(null);
    const photoFailed = ref(false);
    const state = desk.standing.state.value;
    const person = state.candidate;
    async function run(work) {
      busy.value = true;
      problem.value = null;
      try {
        await work();
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    const text = ENTRY.identity;
    const rows = computed(() => [
      { label: text.name, value: person.name, big: true },
      { label: text.sex, value: text.sexes[person.sex] ? text.sexes[person.sex].zh : person.sex },
      { label: text.idNumber, value: person.id_number, number: true },
      { label: { zh: "准考证号", en: "Ticket" }, value: person.ticket, number: true },
      { label: text.employer, value: person.employer || "—" },
      { label: text.exam, value: state.exam.title },
      { label: text.resit, value: person.resit ? text.resits(person.resit).zh : text.first.zh },
      { label: text.starts, value: desk.dateTime(state.exam.starts_at), number: true },
      { label: text.room, value: person.room },
      { label: text.seat, value: String(state.seat), number: true, big: true },
    ]);
    return {
      desk,
      state,
      person,
      rows,
      busy,
      problem,
      photoFailed,
      text,
      photo: `${desk.api.base}/photo`,
      confirm: () => run(() => desk.standing.confirm()),
      notMe: () => run(() => desk.logout()),
    };
  },
  template: `
    <main id="content" class="entry" tabindex="-1">
      <section class="entry-card identity-card" aria-labelledby="view-title">
        <h1 id="view-title" tabindex="-1"><text-pair :of="text.title" /></h1>
        <note-box v-if="person.seat !== state.seat" tone="warn" :title="text.otherSeat(person.seat, state.seat)" stack role="alert" id="other-seat" />
        <div class="identity">
          <div class="identity-photo">
            <img v-if="person.has_photo && !photoFailed" :src="photo" :alt="text.photo.zh + ' ' + text.photo.en" @error="photoFailed = true" />
            <div v-else class="no-photo"><line-icon name="person" /><text-pair :of="text.noPhoto" /></div>
          </div>
          <dl class="identity-data">
            <div v-for="row in rows" :key="row.label.zh">
              <dt><text-pair :of="row.label" /></dt>
              <dd :class="{ 'kd-number': row.number, strong: row.big }">{{ row.value }}</dd>
            </div>
          </dl>
        </div>
        <problem-box :of="problem" />
        <p class="soft identity-wrong"><text-pair :of="text.wrong" /></p>
        <div class="button-row">
          <button type="button" class="button big" :disabled="busy" @click="notMe"><text-pair :of="text.notMe" /></button>
          <button type="button" class="button primary big" :disabled="busy" @click="confirm"><text-pair :of="text.confirm" /></button>
        </div>
      </section>
    </main>`,
};
