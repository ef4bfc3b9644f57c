/** The picture at the seat, as the invigilator decides about it: both pictures, the likeness, let in or refuse. */

import { asProblem } from "../../shared/api.js";
import { SettleDialog } from "../identity/dialogs.js";
import { KeptPicture, ScoreBars } from "../identity/evidence.js";
import { SEAT_PICTURE, pictureNeedsLook } from "../states.js";
import { BOARD_TEXT } from "../texts/board.js";
import { IDENTITY_TEXT } from "../texts/identity.js";

const { computed, inject, ref, shallowRef, watch } = window.Vue;

/** Asks why another picture is wanted. Emits `done` with how the candidate stands. */
const RenewDialog = {
  props: { path: { type: String, required: true } },
  emits: ["done", "close"],
  setup(props, { emit }) {
    const desk = inject("desk");
    const reason = ref("");
    const busy = ref(false);
    const problem = ref(null);
    async function confirm() {
      busy.value = true;
      problem.value = null;
      try {
        emit("done", await desk.api.post(`${props.path}/renew`, { reason: reason.value.trim() }));
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        busy.value = false;
      }
    }
    return { reason, busy, problem, confirm, text: desk.text, words: BOARD_TEXT.picture, confirmText: IDENTITY_TEXT.dialog.confirm };
  },
  template: `
    <el-dialog class="renew-dialog" :model-value="true" width="560" append-to-body @close="$emit('close')">
      <template #header><text-pair :of="words.renewTitle" /></template>
      <reason-field v-model="reason" :quick="words.renewReasons" required input-id="renew-reason" />
      <problem-box :of="problem" />
      <template #footer>
        <el-button @click="$emit('close')"><text-pair :of="text.cancel" /></el-button>
        <el-button class="confirm-renew" type="primary" :loading="busy" :disabled="!reason.trim()" @click="confirm"><text-pair :of="confirmText" /></el-button>
      </template>
    </el-dialog>`,
};

export const SeatPictureCard = {
  components: { KeptPicture, RenewDialog, ScoreBars, SettleDialog },
  props: { seat: { type: Object, required: true } },
  setup(props) {
    const feed = inject("feed");
    const view = shallowRef(null);
    const problem = ref(null);
    const deciding = ref("");
    const renewing = ref(false);
    const shown = ref(false);
    const path = `${feed.path}/seat-pictures/${props.seat.ticket}`;
    let asked = 0;
    async function load() {
      const turn = (asked += 1);
      try {
        const fresh = await feed.get(`seat-pictures/${props.seat.ticket}`);
        if (turn === asked) view.value = fresh;
        problem.value = null;
      } catch (error) {
        problem.value = asProblem(error);
      }
    }
    // The board tells of each new decision; the pictures are asked for then.
    watch(() => [props.seat.seat_picture, props.seat.seat_picture_check, props.seat.state].join(), load);
    load();
    function told(fresh) {
      deciding.value = "";
      renewing.value = false;
      asked += 1;
      view.value = fresh;
      feed.refresh({ retry: false }).catch(() => {});
    }
    const look = computed(() => pictureNeedsLook(props.seat));
    const check = computed(() => (view.value ? view.value.check : null));
    const pictured = computed(() => Boolean(check.value && check.value.pictures.live));
    /** What is settled: the check, or that there was none. */
    const one = computed(() => check.value || { id: "", verdict: "ask", reasons: [] });
    return {
      view, problem, deciding, renewing, path, told, look, check, pictured, one, shown,
      open: computed(() => look.value || shown.value),
      state: computed(() => SEAT_PICTURE[props.seat.seat_picture]),
      passed: computed(() => props.seat.seat_picture === "passed"),
      words: BOARD_TEXT.picture,
      identity: IDENTITY_TEXT,
    };
  },
  template: `
    <section class="seat-picture" :class="[{ look }, 'is-' + seat.seat_picture]" :data-state="seat.seat_picture" aria-live="polite">
      <h3><el-icon aria-hidden="true"><CameraFilled /></el-icon><text-pair :of="words.title" /> <b><text-pair :of="state" /></b></h3>
      <p v-if="seat.seat_picture_zh"><text-pair :of="{ zh: seat.seat_picture_zh, en: seat.seat_picture_en }" stack /></p>
      <template v-if="view">
        <p v-if="check && check.settled_by" class="settled"><text-pair :of="identity.settled(check.settled_by + (check.second ? '、' + check.second : ''), check.reason)" /></p>
        <p v-if="seat.seat_picture === 'due'" class="soft"><text-pair :of="words.left(view.tries_left)" /></p>
        <template v-if="pictured && open">
          <div class="seat-picture-pair"><kept-picture v-for="what in ['desk', 'live']" :key="what" :one="check" :what="what" /></div>
          <score-bars :comparisons="check.comparisons" />
        </template>
        <p v-else-if="look"><text-pair :of="words.without" stack /></p>
        <div class="seat-picture-buttons">
          <el-button v-if="!passed" size="small" type="primary" class="picture-pass" @click="deciding = 'pass'"><text-pair :of="one.verdict === 'refuse' ? words.override : words.pass" /></el-button>
          <el-button v-if="seat.seat_picture !== 'refused'" size="small" type="danger" plain class="picture-refuse" @click="deciding = 'refuse'"><text-pair :of="words.refuse" /></el-button>
          <el-button v-if="view.may_renew" size="small" class="picture-renew" @click="renewing = true"><text-pair :of="words.renew" /></el-button>
          <el-button v-if="pictured && !open" size="small" class="picture-show" @click="shown = true"><text-pair :of="words.show" /></el-button>
        </div>
      </template>
      <problem-box :of="problem" />
      <settle-dialog v-if="deciding" :path="path" :one="one" :verdict="deciding" @done="told" @close="deciding = ''" />
      <renew-dialog v-if="renewing" :path="path" @done="told" @close="renewing = false" />
    </section>`,
};
