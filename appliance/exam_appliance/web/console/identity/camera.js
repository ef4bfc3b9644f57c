/** The live picture of the desk: this computer's own camera, or frames of the server's; with a frame for the face. */

import { asProblem } from "../../shared/api.js";
import { IDENTITY_TEXT } from "../texts/identity.js";
import { FaceFrames } from "./face-frames.js";

const { inject, onUnmounted, ref } = window.Vue;

const BETWEEN_FRAMES_MS = 200;
const AFTER_PROBLEM_MS = 2000;
const FRAME_TIMEOUT_MS = 8000;
const WANTED = { video: { width: { ideal: 1920 }, height: { ideal: 1440 }, facingMode: "user" }, audio: false };
const QUALITY = 0.92;

/** This computer's camera; `shot()` gives a JPEG of the whole picture. */
export const OwnCamera = {
  components: { FaceFrames },
  props: { path: { type: String, required: true } },
  setup(props, { expose }) {
    const video = ref(null);
    const off = ref(false);
    let stream = null;
    let gone = false;
    async function open() {
      try {
        stream = await navigator.mediaDevices.getUserMedia(WANTED);
        if (gone) stream.getTracks().forEach((track) => track.stop());
        else video.value.srcObject = stream;
      } catch (error) {
        off.value = true;
      }
    }
    open();
    onUnmounted(() => {
      gone = true;
      if (stream) stream.getTracks().forEach((track) => track.stop());
    });
    function shot() {
      const from = video.value;
      if (!from || !from.videoWidth) return Promise.resolve(null);
      const canvas = document.createElement("canvas");
      canvas.width = from.videoWidth;
      canvas.height = from.videoHeight;
      canvas.getContext("2d").drawImage(from, 0, 0);
      return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    }
    expose({ shot, off });
    return { video, off, words: IDENTITY_TEXT };
  },
  template: `
    <div class="live-view">
      <video v-show="!off" ref="video" autoplay muted :aria-label="words.pictures.live.zh"></video>
      <face-frames v-if="!off" :path="path" :seen="() => video" />
      <p v-if="off" class="no-camera"><text-pair :of="words.cameraOff" /></p>
    </div>`,
};

/** Frames of the server's camera, one after the other. */
export const ServerCamera = {
  components: { FaceFrames },
  props: { path: { type: String, required: true } },
  setup(props) {
    const desk = inject("desk");
    const url = ref("");
    const frame = ref(null);
    const problem = ref(null);
    let shown = true;
    let timer = 0;
    async function next() {
      let wait = BETWEEN_FRAMES_MS;
      try {
        const picture = await desk.api.file(`${props.path}/live`, { retry: false, timeoutMs: FRAME_TIMEOUT_MS });
        const old = url.value;
        url.value = URL.createObjectURL(picture);
        if (old) URL.revokeObjectURL(old);
        problem.value = null;
      } catch (error) {
        problem.value = asProblem(error);
        wait = AFTER_PROBLEM_MS;
      }
      if (shown) timer = setTimeout(next, wait);
      else if (url.value) URL.revokeObjectURL(url.value);
    }
    next();
    onUnmounted(() => {
      shown = false;
      clearTimeout(timer);
      if (url.value) URL.revokeObjectURL(url.value);
    });
    return { url, frame, problem, words: IDENTITY_TEXT };
  },
  template: `
    <div class="live-view">
      <img v-if="url" ref="frame" :src="url" :alt="words.pictures.live.zh" />
      <face-frames :path="path" :seen="() => frame" />
      <problem-box :of="problem" />
    </div>`,
};
