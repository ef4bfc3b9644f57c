/** After the log-in: the picture at the seat, compared with the one from the identity desk. */

import { asProblem } from "../../shared/api.js";
import { SEAT_PICTURE } from "../texts/seat-picture.js";
import { useCamera } from "./camera.js";

const { computed, inject, nextTick, onMounted, onUnmounted, ref, watch } = window.Vue;

const COUNT_FROM = 3;
const COUNT_MS = 1000;

export const SeatPictureView = {
  setup() {
    const desk = inject("desk");
    const seat = desk.seatPicture;
    const camera = useCamera();
    const problem = ref(null);
    /** look, counting, review, sending */
    const step = ref("look");
    const count = ref(0);
    const still = ref("");
    let picture = null;
    let timer = 0;

    const now = computed(() => seat.now.value || { state: "passed", required: false, tries_left: 0, zh: "", en: "" });
    const mayTake = computed(() => now.value.state !== "refused" && now.value.tries_left > 0);
    const off = computed(() => camera.state.value === "off");

    /** What stands beside the picture: {tone, title, help}. */
    const message = computed(() => {
      const { state, required, tries_left: left, zh, en } = now.value;
      const next = required ? SEAT_PICTURE.nextRequired : SEAT_PICTURE.nextAsked;
      if (state === "refused") return { tone: "bad", title: SEAT_PICTURE.refused, help: SEAT_PICTURE.refusedHelp };
      if (mayTake.value && off.value) return { tone: "warn", title: SEAT_PICTURE.off[camera.cause.value], help: next };
      if (!zh) return null;
      if (state === "due") return { tone: "warn", title: { zh, en }, help: SEAT_PICTURE.again(left) };
      return { tone: "warn", title: { zh, en }, help: next };
    });

    function focusOn(selector) {
      nextTick(() => {
        const found = document.querySelector(selector);
        if (found) found.focus();
      });
    }

    function drop() {
      clearTimeout(timer);
      count.value = 0;
      if (still.value) URL.revokeObjectURL(still.value);
      still.value = "";
      picture = null;
    }

    function look() {
      drop();
      step.value = "look";
    }

    async function tell(why) {
      problem.value = null;
      try {
        await seat.tell(why);
      } catch (error) {
        problem.value = asProblem(error);
      }
    }

    async function shoot() {
      const shot = await camera.shot();
      if (step.value !== "counting") return;
      if (!shot) {
        look();
        return;
      }
      picture = shot;
      still.value = URL.createObjectURL(shot);
      step.value = "review";
      desk.announcer.say(SEAT_PICTURE.taken.zh);
      focusOn(".picture-send");
    }

    function tick() {
      if (!count.value) {
        shoot();
        return;
      }
      desk.announcer.urge(String(count.value));
      timer = setTimeout(() => {
        count.value -= 1;
        tick();
      }, COUNT_MS);
    }

    function begin() {
      if (step.value !== "look" || camera.state.value !== "live" || !mayTake.value) return;
      problem.value = null;
      step.value = "counting";
      count.value = COUNT_FROM;
      tick();
    }

    function retake() {
      problem.value = null;
      look();
      focusOn(".picture-shoot");
    }

    async function send() {
      if (step.value !== "review") return;
      step.value = "sending";
      problem.value = null;
      try {
        await seat.send(picture);
        look();
        focusOn(".picture-shoot");
      } catch (error) {
        problem.value = asProblem(error);
        // Lost on the way, the picture is still here; refused, another must be taken.
        if (problem.value.passing || problem.value.reason === "seat_picture.at_work") step.value = "review";
        else look();
        desk.standing.ask().catch(() => {});
      }
    }

    function onKey(event) {
      if (event.key === "Escape" && step.value === "counting") look();
      else if (event.key === "Enter" && !event.target.closest("button, a, input")) begin();
      else return;
      event.preventDefault();
    }

    // Each trouble is told to the server, which tells the invigilator; so is one that stays after a reload.
    watch(
      () => [camera.state.value, camera.cause.value, mayTake.value, desk.standing.online.value],
      ([state, cause, may, online]) => {
        if (state === "off" && may && online && cause) tell(cause);
      },
    );
    watch(mayTake, (may) => {
      if (may) camera.open();
      else camera.close();
    });
    watch(off, (is) => {
      if (is && (step.value === "counting" || step.value === "look")) look();
    });
    onMounted(() => {
      if (mayTake.value) camera.open();
      document.addEventListener("keydown", onKey);
    });
    onUnmounted(() => {
      document.removeEventListener("keydown", onKey);
      drop();
    });

    return {
      seat, camera, video: camera.video, cameraState: camera.state, now, mayTake, off, message, step, count, still, problem,
      begin, retake, send, text: SEAT_PICTURE,
      askInvigilator: () => tell("gave_up"),
    };
  },
  template: `
    <main id="content" class="entry" tabindex="-1">
      <section class="entry-card picture-card" aria-labelledby="view-title">
        <h1 id="view-title" tabindex="-1"><text-pair :of="text.title" /></h1>
        <div class="picture-body">
          <div class="picture-box" :data-camera="mayTake ? cameraState : 'none'" :data-step="step">
            <video v-show="mayTake && !off && !still" ref="video" class="picture-live" autoplay muted :aria-label="text.live.zh + ' ' + text.live.en"
              @loadeddata="camera.framed()"></video>
            <img v-if="still" class="picture-live" :src="still" :alt="text.still.zh + ' ' + text.still.en" />
            <div v-if="mayTake && cameraState === 'live' && !still" class="picture-oval" aria-hidden="true"></div>
            <div v-if="count" class="picture-count kd-number" aria-hidden="true">{{ count }}</div>
            <div v-if="!mayTake || off" class="picture-none"><line-icon :name="mayTake ? 'camera' : 'person'" /></div>
            <p v-else-if="cameraState === 'opening'" class="picture-opening" role="status"><text-pair :of="text.opening" stack /></p>
          </div>
          <div class="picture-side">
            <p class="picture-why"><text-pair :of="text.why" stack /></p>
            <ul v-if="mayTake && !off" class="picture-rules"><li v-for="rule in text.rules" :key="rule.zh"><text-pair :of="rule" stack /></li></ul>
            <div v-if="message" role="alert" class="picture-message"><note-box :key="message.title.zh" :tone="message.tone" :title="message.title" :help="message.help" stack /></div>
            <problem-box :of="problem" />
          </div>
        </div>
        <div class="button-row">
          <button v-if="now.state === 'due'" type="button" class="button picture-ask" :disabled="step === 'sending'" @click="askInvigilator"><text-pair :of="text.askInvigilator" /></button>
          <span class="spring"></span>
          <button v-if="mayTake && off" type="button" class="button big picture-open" @click="camera.open()"><text-pair :of="text.openAgain" /></button>
          <template v-else-if="mayTake && (step === 'review' || step === 'sending')">
            <button type="button" class="button big picture-retake" :disabled="step === 'sending'" @click="retake"><text-pair :of="text.retake" /></button>
            <button type="button" class="button primary big picture-send" :disabled="step === 'sending'" @click="send"><text-pair :of="step === 'sending' ? text.sending : text.send" /></button>
          </template>
          <button v-else-if="mayTake" type="button" class="button big picture-shoot" :class="{ primary: now.state === 'due' }" :disabled="cameraState !== 'live' || step === 'counting'" @click="begin">
            <line-icon name="camera" /><text-pair :of="now.zh ? text.shootAgain : text.shoot" /></button>
          <button v-if="now.state === 'person' && !now.required" type="button" class="button primary big picture-go-on" @click="seat.goOn()"><text-pair :of="text.goOn" /></button>
        </div>
      </section>
    </main>`,
};
