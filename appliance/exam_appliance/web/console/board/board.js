/** The room board (考场看板): every seat live, filters, selection, actions, details. */

import { ActionDialog } from "../actions/dialog.js";
import { CONNECTION, SEAT_STATE, pictureNeedsLook } from "../states.js";
import { BOARD_TEXT } from "../texts/board.js";
import { ActionBar } from "./action-bar.js";
import { useFilters } from "./filters.js";
import { SeatDrawer } from "./seat-drawer.js";
import { SeatGrid } from "./seat-grid.js";
import { SeatList } from "./seat-list.js";
import { useSelection } from "./selection.js";

const { computed, inject, ref } = window.Vue;

const BoardLegend = {
  setup: () => ({ states: Object.keys(SEAT_STATE), connections: Object.keys(CONNECTION), words: BOARD_TEXT }),
  template: `
    <div class="legend">
      <p><seat-state-mark v-for="state in states" :key="state" :state="state" english /></p>
      <h4><text-pair :of="words.legendConnection" /></h4>
      <p><connection-mark v-for="connection in connections" :key="connection" :connection="connection" /></p>
    </div>`,
};

const BoardTools = {
  components: { BoardLegend },
  props: { board: { type: Object, required: true }, view: { type: String, required: true } },
  emits: ["update:view"],
  setup(props) {
    const stateChips = computed(() =>
      Object.keys(SEAT_STATE)
        .map((state) => ({ state, n: props.board.counts.value[state], on: props.board.filter.states.includes(state) }))
        .filter((chip) => chip.n > 0 || chip.on),
    );
    return { stateChips, words: BOARD_TEXT, sorts: Object.keys(BOARD_TEXT.sorts), views: ["tiles", "list"] };
  },
  template: `
    <div class="board-tools">
      <div v-if="board.rooms.value.length > 1" class="room-tabs" role="group" :aria-label="words.rooms.zh">
        <button v-for="room in ['', ...board.rooms.value]" :key="room" type="button" class="room-tab" :aria-pressed="board.filter.room === room"
          @click="board.filter.room = room">{{ room || words.allRooms.zh }}</button>
      </div>
      <div class="state-chips" role="group" :aria-label="words.states.zh">
        <button v-for="chip in stateChips" :key="chip.state" type="button" class="chip" :data-state="chip.state" :aria-pressed="chip.on"
          @click="board.toggleState(chip.state)"><seat-state-mark :state="chip.state" /> <b class="kd-number">{{ chip.n }}</b></button>
        <button type="button" class="chip problems" :class="{ none: !board.problems.value.length }" :aria-pressed="board.filter.problems"
          @click="board.filter.problems = !board.filter.problems"><el-icon aria-hidden="true"><WarningFilled /></el-icon>
          {{ words.problems.zh }} <b class="kd-number">{{ board.problems.value.length }}</b></button>
      </div>
      <el-input v-model="board.filter.text" class="board-search" clearable prefix-icon="Search" :placeholder="words.search.zh" :aria-label="words.search.zh + ' ' + words.search.en" />
      <el-select v-model="board.filter.order" class="board-sort" :aria-label="words.sort.zh">
        <el-option v-for="sort in sorts" :key="sort" :value="sort" :label="words.sorts[sort].zh"><text-pair :of="words.sorts[sort]" /></el-option></el-select>
      <div class="view-switch" role="group" :aria-label="words.look.zh">
        <button v-for="name in views" :key="name" type="button" :aria-pressed="view === name" :title="words[name].zh + ' ' + words[name].en"
          :aria-label="words[name].zh" @click="$emit('update:view', name)"><el-icon><Grid v-if="name === 'tiles'" /><List v-else /></el-icon></button></div>
      <el-popover placement="bottom-end" :width="360" trigger="click"><template #reference>
        <button type="button" class="icon-button" :aria-label="words.legend.zh" :title="words.legend.zh + ' ' + words.legend.en"><el-icon><QuestionFilled /></el-icon></button></template>
        <board-legend /></el-popover>
    </div>`,
};

export const BoardTab = {
  components: { ActionBar, ActionDialog, BoardTools, SeatDrawer, SeatGrid, SeatList },
  setup() {
    const desk = inject("desk");
    const feed = inject("feed");
    const board = useFilters(feed);
    const selection = useSelection(feed.seats, board.shown);
    const view = ref("tiles");
    const request = ref(null);
    const open = ref("");
    const may = computed(() => desk.mayAct(feed.practice));
    const targets = computed(() => (selection.picked.size ? selection.chosen.value : board.shown.value));
    const groups = computed(() => {
      if (board.filter.room || board.filter.order !== "seat" || board.rooms.value.length < 2) {
        return [{ room: board.filter.room || board.rooms.value[0] || "", head: false, seats: board.shown.value }];
      }
      return board.rooms.value
        .map((room) => ({ room, head: true, seats: board.shown.value.filter((seat) => seat.room === room) }))
        .filter((group) => group.seats.length);
    });
    const pictures = computed(() => (may.value ? feed.seats.value.filter(pictureNeedsLook) : []));
    const detail = computed(() => (open.value ? feed.seat(open.value) || null : null));
    return {
      feed, parts: board, selection, view, request, may, targets, groups, open, detail,
      pictures,
      credits: computed(() => (may.value ? feed.session.value.open_credits : 0)),
      act: (action) => { request.value = { action, seats: targets.value }; },
      actOne: (action) => { request.value = { action, seats: [detail.value] }; },
      creditsHref: desk.sessionHash(feed.id, feed.practice, "credits"),
      words: BOARD_TEXT,
    };
  },
  template: `
    <div class="board" :class="{ 'has-drawer': detail }">
      <a v-if="credits" class="credit-notice" :href="creditsHref"><el-icon aria-hidden="true"><Timer /></el-icon>
        <text-pair :of="words.creditsWait(credits)" /> <u>{{ words.settle.zh }}</u></a>
      <button v-if="pictures.length" type="button" class="credit-notice picture-notice" @click="open = pictures[0].ticket"><el-icon aria-hidden="true"><CameraFilled /></el-icon>
        <text-pair :of="words.picturesWait(pictures.length)" /> <u>{{ words.lookAt.zh }}</u></button>
      <template v-if="feed.seats.value.length">
        <board-tools v-model:view="view" :board="parts" />
        <action-bar :seats="targets" :picked="selection.chosen.value.length" :narrowed="parts.narrowed.value" :may="may"
          @act="act" @clear="selection.clear()" @all="selection.all()" />
        <div class="board-seats">
          <p v-if="!parts.shown.value.length" class="empty-line"><text-pair :of="words.noneShown" /></p>
          <seat-list v-else-if="view === 'list'" :seats="parts.shown.value" :picked="selection.picked" @pick="selection.pick"
            @range="selection.range" @all="selection.all" @details="open = $event" />
          <template v-else><section v-for="group in groups" :key="group.room">
            <h3 v-if="group.head" class="room-title">{{ group.room }} <span class="soft kd-number">{{ group.seats.length }}</span></h3>
            <seat-grid :seats="group.seats" :picked="selection.picked" :room="group.room" @pick="selection.pick" @range="selection.range"
              @all="selection.all" @details="open = $event" /></section></template>
        </div>
      </template>
      <el-empty v-else :description="words.empty.zh + ' ' + words.empty.en" />
      <seat-drawer :seat="detail" :may="may" @close="open = ''" @act="actOne" />
      <action-dialog :request="request" @done="request = null" @applied="selection.clear()" />
    </div>`,
};
