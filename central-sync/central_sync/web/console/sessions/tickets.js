/** Rooms of a session and who sits where; another place for somebody, or none. */

import { useLoaded, useWork } from "../parts/loaded.js";
import { ARRANGE_TEXT } from "../texts/arrangement.js";
import { ROSTER_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";
import { SESSION_TEXT } from "../texts/sessions.js";

const { computed, inject, reactive, ref } = window.Vue;

const MoveDialog = {
  props: { ticket: { type: Object, required: true }, session: { type: Object, required: true } },
  emits: ["done", "moved"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const form = reactive({ session: props.session.session, room: props.ticket.room, seat: "", reason: "" });
    const sessions = ref([props.session]);
    const work = useWork();
    work.run(async () => {
      const answer = await desk.api.get(`/sessions?plan=${encodeURIComponent(props.session.plan)}`);
      sessions.value = answer.sessions.filter(({ state }) => state === "arranged" || state === "packaged");
    });
    const chosen = computed(() => sessions.value.find(({ session }) => session === form.session) || props.session);
    const label = (each) => `${desk.longMoment(each.starts_at, each.time_zone)} ${each.site_name}`;
    async function move() {
      work.problem.value = form.reason.trim() ? null : TEXT.reasonMissing;
      if (work.problem.value) return;
      const body = { session: form.session, room: form.room, seat: form.seat ? Number(form.seat) : null, reason: form.reason.trim() };
      if (!(await work.run(() => desk.api.post(`/tickets/${props.ticket.ticket}/move`, body)))) return;
      desk.said(SESSION_TEXT.moved);
      emit("moved");
    }
    return { form, sessions, chosen, label, work, move, quick: ARRANGE_TEXT.reasonQuick, words: SESSION_TEXT, text: TEXT };
  },
  template: `
    <el-dialog :model-value="true" width="600px" align-center :close-on-click-modal="false" @update:model-value="$emit('done')">
      <template #header="{ titleId }"><h2 :id="titleId"><text-pair :of="words.moveTitle" /></h2></template>
      <p class="consequence">{{ ticket.name }} <span class="kd-number">{{ ticket.ticket }}</span> · {{ ticket.room }} {{ ticket.seat }} 号座</p>
      <form id="move-form" novalidate @submit.prevent="move">
        <form-field id="move-session" :label="words.toSession"><el-select id="move-session" v-model="form.session" @change="form.room = chosen.rooms[0].room"><el-option v-for="each in sessions" :key="each.session" :value="each.session" :label="label(each)" /></el-select></form-field>
        <div class="fields two"><form-field id="move-room" :label="words.toRoom"><el-select id="move-room" v-model="form.room"><el-option v-for="room in chosen.rooms" :key="room.room" :value="room.room" :label="room.room + '（' + room.arranged + ' / ' + room.capacity + '）'" /></el-select></form-field>
          <form-field id="move-seat" :label="words.toSeat" :hint="words.seatHint"><el-input id="move-seat" v-model="form.seat" maxlength="3" inputmode="numeric" /></form-field></div>
        <form-field id="move-reason" :label="text.reason" must><div class="quick-reasons"><button v-for="choice in quick" :key="choice" type="button" class="quick-reason" :class="{ chosen: form.reason === choice }" @click="form.reason = choice">{{ choice }}</button></div>
          <el-input id="move-reason" v-model="form.reason" maxlength="200" /></form-field>
        <problem-box :of="work.problem.value" />
      </form>
      <template #footer><el-button @click="$emit('done')"><text-pair :of="text.cancel" /></el-button><el-button type="primary" native-type="submit" form="move-form" :loading="work.busy.value"><text-pair :of="words.move" /></el-button></template>
    </el-dialog>`,
};

export const TicketTable = {
  components: { MoveDialog },
  props: { session: { type: Object, required: true } },
  emits: ["changed"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const search = ref("");
    const room = ref("");
    const moving = ref(null);
    const removing = ref(null);
    const path = `/sessions/${encodeURIComponent(props.session.session)}`;
    const loaded = desk.may("readPeople") ? useLoaded(() => desk.api.get(`${path}/tickets`), () => desk.changed.sessions) : null;
    const lines = computed(() => {
      const all = loaded && loaded.value.value ? loaded.value.value.tickets : [];
      const has = (ticket) => !search.value || [ticket.name, ticket.id_number, ticket.ticket, ticket.employer].some((text) => text.includes(search.value.trim()));
      return all.filter((ticket) => (!room.value || ticket.room === room.value) && has(ticket));
    });
    const mayChange = computed(() => desk.may("plan") && ["arranged", "packaged"].includes(props.session.state));
    function changed() {
      moving.value = null;
      loaded.again();
      emit("changed");
    }
    const act = computed(() => removing.value && (async (reason) => {
      await desk.api.post(`/tickets/${removing.value.ticket}/remove`, { reason });
      desk.said(SESSION_TEXT.removed);
      changed();
    }));
    const download = () => desk.download(`${path}/tickets.xlsx`, `${props.session.title}-座位与准考证.xlsx`);
    return { desk, search, room, moving, removing, loaded, lines, mayChange, changed, act, download, people: ROSTER_TEXT, quick: ARRANGE_TEXT.reasonQuick, words: SESSION_TEXT, text: TEXT };
  },
  template: `
    <div class="room-cards"><button v-for="each in session.rooms" :key="each.room" type="button" class="room-card" :class="{ chosen: room === each.room }" :aria-pressed="room === each.room" @click="room = room === each.room ? '' : each.room">
      <strong>{{ each.room }}</strong><fill-bar :full="each.arranged" :of="each.capacity" /></button></div>
    <p v-if="!loaded" class="soft"><text-pair :of="words.peopleHidden" /></p>
    <template v-else-if="loaded.value.value">
      <div class="filters"><el-input v-model="search" clearable prefix-icon="Search" maxlength="100" :placeholder="words.searchHint.zh" :aria-label="words.searchHint.zh" />
        <span class="soft">{{ text.people(lines.length).zh }}</span><el-button class="rest" icon="Download" @click="download"><text-pair :of="words.doorList" /></el-button></div>
      <empty-note v-if="!lines.length" :of="search || room ? people.noMatch : words.noTickets" icon="User" />
      <table v-else class="plain-table"><thead><tr><th><text-pair :of="words.room" /></th><th class="number"><text-pair :of="words.seat" /></th><th></th><th><text-pair :of="words.name" /></th><th><text-pair :of="words.ticket" /></th><th><text-pair :of="words.idNumber" /></th><th><text-pair :of="words.employer" /></th><th><text-pair :of="words.outcome" /></th><th></th></tr></thead>
        <tbody><tr v-for="ticket in lines" :key="ticket.ticket" :data-ticket="ticket.ticket">
          <td class="nowrap">{{ ticket.room }}</td><td class="number"><strong>{{ ticket.seat }}</strong></td><td><person-photo :photo="ticket.photo" :name="ticket.name" :size="28" /></td>
          <td class="nowrap"><strong>{{ ticket.name }}</strong> <span class="soft">{{ ticket.sex === "M" ? text.male.zh : text.female.zh }}</span><div v-if="ticket.extra_minutes || ticket.resit" class="sub"><template v-if="ticket.extra_minutes">{{ words.extra(ticket.extra_minutes).zh }} </template><template v-if="ticket.resit">{{ words.resit(ticket.resit).zh }}</template></div></td>
          <td class="kd-number">{{ ticket.ticket }}</td><td class="kd-number">{{ ticket.id_number }}</td><td>{{ ticket.employer }}</td>
          <td class="nowrap"><template v-if="ticket.outcome">{{ words.outcomes[ticket.outcome].zh }} <span v-if="ticket.score !== null" class="kd-number">{{ ticket.score }}</span></template></td>
          <td class="end nowrap"><template v-if="mayChange"><el-button size="small" @click="moving = ticket"><text-pair :of="words.move" /></el-button><el-button size="small" type="danger" plain @click="removing = ticket"><text-pair :of="words.takeOut" /></el-button></template></td>
        </tr></tbody></table>
    </template>
    <problem-box v-if="loaded" :of="loaded.problem.value" />
    <move-dialog v-if="moving" :ticket="moving" :session="session" @done="moving = null" @moved="changed" />
    <reason-dialog :act="act" :title="words.takeOut" :what="removing && words.removeWhat(removing.name)" :quick="quick" danger @done="removing = null" />`,
};
