/** The roll of absences (缺考): who has not come, marked one by one, many or all, and taken back. */

import { ActionDialog } from "../actions/dialog.js";
import { SESSION_TEXT } from "../texts/session.js";

const { computed, inject, reactive, ref } = window.Vue;

const WORDS = SESSION_TEXT.absences;

const bySeat = (a, b) => a.room.localeCompare(b.room, "zh") || a.seat - b.seat;

export const AbsencesTab = {
  components: { ActionDialog },
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const picked = reactive(new Set());
    const request = ref(null);
    const missing = computed(() => feed.seats.value.filter((seat) => seat.state === "arranged").sort(bySeat));
    const absent = computed(() => feed.seats.value.filter((seat) => seat.state === "absent").sort(bySeat));
    const chosen = computed(() => missing.value.filter((seat) => picked.has(seat.ticket)));
    const allPicked = computed(() => missing.value.length > 0 && chosen.value.length === missing.value.length);
    const toggle = (ticket) => (picked.has(ticket) ? picked.delete(ticket) : picked.add(ticket));
    function toggleAll() {
      if (allPicked.value) picked.clear();
      else missing.value.forEach((seat) => picked.add(seat.ticket));
    }
    return {
      feed, picked, request, missing, absent, chosen, allPicked, toggle, toggleAll,
      may: computed(() => desk.mayAct(feed.practice)),
      all: computed(() => feed.seats.value.length),
      here: computed(() => feed.seats.value.length - missing.value.length - absent.value.length),
      mark: (seats) => { request.value = { action: "absent", seats: [...seats] }; },
      takeBack: (seat) => { request.value = { action: "present", seats: [seat] }; },
      words: WORDS, columns: SESSION_TEXT.columns,
    };
  },
  template: `
    <div class="tab-page roll">
      <p class="roll-total kd-number"><text-pair :of="words.present(here, all)" /></p>
      <section>
        <div class="section-head">
          <h2><text-pair :of="words.notCome" /> <b class="kd-number">{{ missing.length }}</b></h2>
          <el-button v-if="may && chosen.length && !allPicked" type="primary" class="mark-picked" @click="mark(chosen)"><text-pair :of="words.mark(chosen.length)" /></el-button>
          <el-button v-if="may && missing.length" type="primary" plain class="mark-all" @click="mark(missing)"><text-pair :of="words.markAll(missing.length)" /></el-button>
        </div>
        <table v-if="missing.length" class="plain-table">
          <thead><tr><th class="narrow"><input type="checkbox" :checked="allPicked" :aria-label="words.markAll(missing.length).zh" @change="toggleAll" /></th>
            <th><text-pair :of="columns.room" /></th><th><text-pair :of="columns.seat" /></th><th><text-pair :of="columns.name" /></th>
            <th><text-pair :of="columns.ticket" /></th><th><text-pair :of="columns.id" /></th></tr></thead>
          <tbody><tr v-for="seat in missing" :key="seat.ticket" :class="{ picked: picked.has(seat.ticket) }">
            <td><input type="checkbox" :checked="picked.has(seat.ticket)" :aria-label="seat.seat + ' ' + seat.name" @change="toggle(seat.ticket)" /></td>
            <td>{{ seat.room }}</td><td class="kd-number">{{ seat.seat }}</td><td>{{ seat.name }}</td>
            <td class="kd-number">{{ seat.ticket }}</td><td class="kd-number">{{ seat.id_number }}</td></tr></tbody>
        </table>
        <p v-else class="empty-line"><text-pair :of="words.noneMissing" /></p>
      </section>
      <section>
        <div class="section-head"><h2><text-pair :of="words.absent" /> <b class="kd-number">{{ absent.length }}</b></h2></div>
        <table v-if="absent.length" class="plain-table">
          <thead><tr><th><text-pair :of="columns.room" /></th><th><text-pair :of="columns.seat" /></th><th><text-pair :of="columns.name" /></th>
            <th><text-pair :of="columns.ticket" /></th><th><text-pair :of="columns.reason" /></th><th></th></tr></thead>
          <tbody><tr v-for="seat in absent" :key="seat.ticket" :data-ticket="seat.ticket">
            <td>{{ seat.room }}</td><td class="kd-number">{{ seat.seat }}</td><td>{{ seat.name }}</td><td class="kd-number">{{ seat.ticket }}</td>
            <td>{{ seat.reason }}</td>
            <td class="end"><el-button v-if="may" size="small" class="take-back" @click="takeBack(seat)"><text-pair :of="words.takeBack" /></el-button></td></tr></tbody>
        </table>
        <p v-else class="empty-line"><text-pair :of="words.noneAbsent" /></p>
      </section>
      <action-dialog :request="request" @done="request = null" @applied="picked.clear()" />
    </div>`,
};
