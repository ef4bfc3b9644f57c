/** All about one seat: photo, data, log and actions. */

import { ACTIONS, offered, split } from "../actions/kinds.js";
import { duration } from "../../shared/format.js";
import { useLoaded } from "../parts/parts.js";
import { ACTION_TEXT } from "../texts/actions.js";
import { BOARD_TEXT } from "../texts/board.js";
import { SESSION_TEXT } from "../texts/session.js";
import { SeatPictureCard } from "./seat-picture.js";
import { badgesOf } from "./seat-tile.js";

const { computed, inject, ref, watch } = window.Vue;

const LOG_LINES = 500;

const SeatPhoto = {
  props: { seat: { type: Object, required: true } },
  setup(props) {
    const feed = inject("feed");
    const missing = ref(false);
    watch(() => props.seat.ticket, () => { missing.value = false; });
    return { missing, source: computed(() => feed.photo(props.seat.ticket)), words: BOARD_TEXT.drawer };
  },
  template: `
    <div class="seat-photo">
      <img v-if="!missing" :key="source" :src="source" :alt="words.photoOf(seat.name)" @error="missing = true" />
      <div v-else class="no-photo"><el-icon aria-hidden="true"><UserFilled /></el-icon><text-pair :of="words.noPhoto" stack /></div>
    </div>`,
};

const SeatLog = {
  props: { seat: { type: Object, required: true } },
  setup(props) {
    const desk = inject("desk");
    const feed = inject("feed");
    const loaded = useLoaded(() => feed.get(`log?limit=${LOG_LINES}`), () => [props.seat.ticket, props.seat.state, props.seat.locked, props.seat.credit_ms, props.seat.seat, props.seat.note].join());
    const lines = computed(() => (loaded.value.value ? loaded.value.value.lines.filter((line) => line.subject === props.seat.ticket) : []));
    return { desk, loaded, lines, words: BOARD_TEXT.drawer };
  },
  template: `
    <section class="seat-log">
      <h3><text-pair :of="words.log" /></h3>
      <ol v-if="lines.length"><li v-for="line in lines" :key="line.seq">
        <time class="kd-number">{{ desk.clockSeconds(line.at) }}</time><div><text-pair :of="line" stack /><small class="soft">{{ line.actor }}</small></div></li></ol>
      <p v-else-if="loaded.value.value" class="empty-line"><text-pair :of="words.noLog" /></p>
    </section>`,
};

export const SeatDrawer = {
  components: { SeatLog, SeatPhoto, SeatPictureCard },
  props: { seat: { type: Object, default: null }, may: Boolean },
  emits: ["close", "act"],
  setup(props) {
    const feed = inject("feed");
    const words = BOARD_TEXT.drawer;
    const { columns } = SESSION_TEXT;
    const facts = computed(() => {
      const { seat } = props;
      if (!seat) return [];
      const rows = [
        { of: columns.ticket, is: seat.ticket },
        { of: columns.id, is: seat.id_number },
        { of: columns.room, is: seat.room },
        { of: words.arranged, is: String(seat.arranged_seat) },
        { of: words.sitting, is: seat.resit ? words.resit(seat.resit).zh : words.firstSitting.zh },
      ];
      if (seat.total) rows.push({ of: columns.progress, is: `${seat.answered}/${seat.total}` }, { of: words.flagged, is: String(seat.flagged) });
      if (seat.saves) rows.push({ of: words.saves, is: String(seat.saves) });
      if (seat.credit_ms) rows.push({ of: words.credit, is: duration(seat.credit_ms) });
      if (seat.extra_minutes) rows.push({ of: words.extra, is: `${seat.extra_minutes} min` });
      if (seat.address) rows.push({ of: words.address, is: seat.address });
      if (seat.points !== null) rows.push({ of: columns.points, is: String(seat.points) });
      if (seat.reason) rows.push({ of: words.reason, is: seat.reason });
      if (seat.note) rows.push({ of: words.note, is: seat.note });
      return rows;
    });
    const actions = computed(() =>
      props.seat && props.may
        ? Object.keys(ACTIONS).filter((name) => offered(name, split(name, [props.seat], feed.session.value).fit.length, true))
        : [],
    );
    return { facts, actions, kinds: ACTIONS, names: ACTION_TEXT.names, badges: computed(() => (props.seat ? badgesOf(props.seat) : [])), words };
  },
  template: `
    <el-drawer :model-value="seat !== null" size="430px" class="seat-drawer" :modal="false" modal-penetrable @update:model-value="$emit('close')">
      <template #header="{ titleId }"><h2 :id="titleId" v-if="seat">{{ words.title(seat).zh }}</h2></template>
      <template v-if="seat">
        <div class="drawer-top">
          <seat-photo :seat="seat" />
          <div class="drawer-state">
            <seat-state-mark :state="seat.state" english />
            <p class="drawer-time"><remaining-time :seat="seat" /></p>
            <p><connection-mark :connection="seat.connection" /> <contact-age v-if="seat.connection !== 'live'" :seat="seat" /></p>
            <p>{{ seat.sex === "F" ? words.female.zh : words.male.zh }}</p>
            <p><span v-for="badge in badges" :key="badge.name" class="badge" :class="badge.name"><el-icon aria-hidden="true"><component :is="badge.icon" /></el-icon>{{ badge.text.zh }}</span></p>
          </div>
        </div>
        <seat-picture-card v-if="may && seat.seat_picture" :key="seat.ticket" :seat="seat" />
        <div v-if="actions.length" class="drawer-actions">
          <el-button v-for="name in actions" :key="name" size="small" :icon="kinds[name].icon" :type="kinds[name].danger ? 'danger' : ''"
            :plain="kinds[name].danger" :data-action="name" @click="$emit('act', name)"><text-pair :of="names[name]" /></el-button>
        </div>
        <dl class="drawer-facts"><div v-for="fact in facts" :key="fact.of.zh"><dt><text-pair :of="fact.of" /></dt><dd class="kd-number">{{ fact.is }}</dd></div></dl>
        <seat-log :seat="seat" />
      </template>
    </el-drawer>`,
};
