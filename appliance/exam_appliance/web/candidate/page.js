/** The page: its frame and the one view that fits where the candidate stands. */

import { FrameHead } from "./parts/frame-head.js";
import { NoticeBar } from "./parts/notice-bar.js";
import { SeatPictureView } from "./seat-picture/view.js";
import { SITTING_PHASES } from "./standing/standing.js";
import { COMMON } from "./texts/common.js";
import { EndView } from "./views/end.js";
import { ExamView } from "./views/exam.js";
import { IdentityView } from "./views/identity.js";
import { LobbyView } from "./views/lobby.js";
import { LoginView } from "./views/login.js";

const { computed, inject, nextTick, watch } = window.Vue;

const LoadingView = {
  setup: () => ({ desk: inject("desk"), text: COMMON }),
  template: `
    <main id="content" class="quiet" tabindex="-1">
      <h1 id="view-title" tabindex="-1"><text-pair :of="desk.standing.online.value ? text.loading : text.line.away" stack /></h1>
      <p v-if="!desk.standing.online.value"><text-pair :of="text.line.awayCalm" stack /></p>
    </main>`,
};

function viewOf(stage, phase, pictureWanted) {
  if (stage === "login") return "LoginView";
  if (stage !== "in") return "LoadingView";
  if (phase === "identity") return "IdentityView";
  if (phase === "waiting") return pictureWanted ? "SeatPictureView" : "LobbyView";
  return SITTING_PHASES.includes(phase) ? "ExamView" : "EndView";
}

export const CandidatePage = {
  components: { EndView, ExamView, FrameHead, IdentityView, LoadingView, LobbyView, LoginView, NoticeBar, SeatPictureView },
  setup() {
    const desk = inject("desk");
    const view = computed(() => viewOf(desk.standing.stage.value, desk.standing.phase.value, desk.seatPicture.wanted.value));
    // A new view begins at its heading, for the keyboard and for screen readers.
    watch(view, () =>
      nextTick(() => {
        const start = document.querySelector("[data-first-focus]") || document.getElementById("view-title");
        if (start) start.focus({ preventScroll: true });
      }),
    );
    return { desk, view, text: COMMON, Regions: desk.announcer.Regions };
  },
  template: `
    <div class="frame" :class="{ 'frame-exam': view === 'ExamView' }" lang="zh-CN">
      <a class="skip" href="#content"><text-pair :of="text.skip" /></a>
      <div v-if="desk.hall === 'practice'" class="practice-ribbon" role="note"><text-pair :of="text.practiceRibbon" /></div>
      <frame-head :view="view" />
      <notice-bar v-if="view !== 'LoginView' && view !== 'LoadingView'" :view="view" />
      <component :is="view" />
      <component :is="Regions" />
    </div>`,
};
