/** A proposal: how full the rooms would be, who sits where, who is left out and why. */

import { ARRANGE_TEXT } from "../texts/arrangement.js";
import { ROSTER_TEXT } from "../texts/banks.js";
import { TEXT } from "../texts/common.js";

const { computed, inject, ref } = window.Vue;

const SEATS_SHOWN = 60;

export const ProposalView = {
  props: { of: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const slot = ref(0);
    const page = ref(1);
    const seats = computed(() => props.of.seats.filter((seat) => seat.slot === slot.value));
    const shown = computed(() => seats.value.slice((page.value - 1) * SEATS_SHOWN, page.value * SEATS_SHOWN));
    const inSlot = (each) => each.rooms.reduce((sum, room) => sum + room.fresh, 0);
    function look(index) {
      slot.value = index;
      page.value = 1;
    }
    return { desk, slot, page, seats, shown, inSlot, look, size: SEATS_SHOWN, words: ARRANGE_TEXT, people: ROSTER_TEXT, text: TEXT };
  },
  template: `
    <div class="report-head"><strong>{{ of.plan_name }}</strong> <code>{{ of.proposal }}</code>
      <span class="state-mark tone-good"><el-icon aria-hidden="true"><CircleCheck /></el-icon><text-pair :of="words.arranged(of.seats.length)" /></span>
      <span v-if="of.left_out.length" class="state-mark tone-bad"><el-icon aria-hidden="true"><WarningFilled /></el-icon><text-pair :of="words.leftOut(of.left_out.length)" /></span></div>
    <div class="slot-cards"><button v-for="(each, index) in of.slots" :key="index" type="button" class="slot-card" :class="{ chosen: slot === index }" :aria-pressed="slot === index" @click="look(index)">
      <strong class="kd-number">{{ desk.longMoment(each.starts_at) }}</strong><span>{{ each.site_name }}</span>
      <span class="soft">{{ each.session ? words.filledUp(each.session).zh : words.newSession.zh }} · {{ words.fresh(inSlot(each)).zh }}</span>
      <span v-for="room in each.rooms" :key="room.room" class="room-line"><span>{{ room.room }}</span><fill-bar :full="room.arranged" :of="room.capacity" :fresh="room.fresh" /></span></button></div>
    <section v-if="of.left_out.length" class="panel"><h2 class="bad"><text-pair :of="words.leftOutTitle" /></h2>
      <div class="report-lines"><table class="plain-table left-out"><thead><tr><th><text-pair :of="people.name" /></th><th><text-pair :of="people.idNumber" /></th><th><text-pair :of="text.reason" /></th></tr></thead>
        <tbody><tr v-for="person in of.left_out" :key="person.id_number"><td class="nowrap">{{ person.name }}</td><td class="kd-number nowrap">{{ person.id_number }}</td><td>{{ person.zh }} <span class="kd-en">{{ person.en }}</span></td></tr></tbody></table></div></section>
    <p v-else class="good"><el-icon aria-hidden="true"><CircleCheck /></el-icon> <text-pair :of="words.nobodyLeft" /></p>
    <section v-if="seats.length" class="panel"><h2><text-pair :of="words.seatList" /></h2>
      <table class="plain-table"><thead><tr><th><text-pair :of="words.room" /></th><th class="number"><text-pair :of="words.seat" /></th><th><text-pair :of="people.name" /></th><th><text-pair :of="people.idNumber" /></th><th><text-pair :of="people.employer" /></th><th></th></tr></thead>
        <tbody><tr v-for="seat in shown" :key="seat.id_number"><td>{{ seat.room }}</td><td class="number">{{ seat.seat }}</td><td class="nowrap">{{ seat.name }}</td><td class="kd-number">{{ seat.id_number }}</td><td>{{ seat.employer }}</td>
          <td class="sub"><template v-if="seat.extra_minutes">{{ people.extra.zh }} {{ text.minutes(seat.extra_minutes).zh }} </template><template v-if="seat.resit">{{ people.resit.zh }} {{ seat.resit }}</template></td></tr></tbody></table>
      <list-pages :page="page" :total="seats.length" :size="size" @go="page = $event" /></section>`,
};
