/** How the candidate stands with the picture at the seat, and what the page does about it. */

import { SEAT_PICTURE } from "../texts/seat-picture.js";

const { computed, ref, watch } = window.Vue;

const SEND_WITHIN_MS = 60000;

/**
 * @param {object} how
 * @param {object} how.api requests to the hall
 * @param {object} how.standing see standing.js
 * @param {object} how.announcer see announcer.js
 */
export function createSeatPicture({ api, standing, announcer }) {
  /** The candidate goes on although an invigilator must still look. */
  const goneOn = ref(false);
  const now = computed(() => (standing.state.value ? standing.state.value.seat_picture : null));
  const state = computed(() => (now.value ? now.value.state : null));
  const wanted = computed(() => {
    if (!now.value || state.value === "passed") return false;
    return !(goneOn.value && !now.value.required && state.value === "person");
  });

  watch(state, (is, was) => {
    if (is === "due") goneOn.value = false;
    if (is === "passed" && was) announcer.say(SEAT_PICTURE.passed.zh);
  });

  return {
    now,
    wanted,
    /** True when the candidate has gone on and an invigilator will still come. */
    expected: computed(() => goneOn.value && state.value === "person"),
    goOn() {
      goneOn.value = true;
    },
    /** Sends a picture (JPEG); rejects with a problem. */
    async send(picture) {
      standing.accept(await api.upload("/seat-picture", picture, undefined, SEND_WITHIN_MS));
    },
    /** Tells that there is none: no_camera, camera_denied, camera_failed or gave_up. */
    async tell(why) {
      standing.accept(await api.post("/seat-picture/none", { why }));
    },
  };
}
