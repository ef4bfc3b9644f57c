/** Frames around the faces that the face service finds in the live picture, and what is wrong with them. */

const { inject, onUnmounted, ref } = window.Vue;

const BETWEEN_MS = 600;
const AFTER_PROBLEM_MS = 5000;
const FRAME_TIMEOUT_MS = 8000;
/** A small picture is enough to find faces in, pixels. */
const LONGEST_SIDE = 480;
const QUALITY = 0.8;
const NOBODY_LOOKS = "faces.none";

/** The width and height of what an image or a video shows, 0 while it shows nothing. */
const sizeOf = (shown) => (shown ? { width: shown.videoWidth || shown.naturalWidth || 0, height: shown.videoHeight || shown.naturalHeight || 0 } : { width: 0, height: 0 });

function small(shown, { width, height }) {
  const by = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * by);
  canvas.height = Math.round(height * by);
  canvas.getContext("2d").drawImage(shown, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

/** Lies over the live picture. `seen()` gives the image or video; without a face service an oval shows the place. */
export const FaceFrames = {
  props: { path: { type: String, required: true }, seen: { type: Function, required: true } },
  setup(props) {
    const desk = inject("desk");
    const found = ref(null);
    const size = ref({ width: 0, height: 0 });
    let shown = true;
    let timer = 0;
    async function look() {
      let wait = BETWEEN_MS;
      const source = props.seen();
      const now = sizeOf(source);
      if (now.width && !document.hidden) {
        try {
          const told = await desk.api.upload(`${props.path}/framing`, await small(source, now), undefined, FRAME_TIMEOUT_MS);
          size.value = now;
          found.value = told;
          if (told.code === NOBODY_LOOKS) wait = AFTER_PROBLEM_MS;
        } catch (error) {
          // The oval stands in: what is wrong is told where something is decided.
          found.value = null;
          wait = AFTER_PROBLEM_MS;
        }
      }
      if (shown) timer = setTimeout(look, wait);
    }
    look();
    onUnmounted(() => {
      shown = false;
      clearTimeout(timer);
    });
    return { found, size };
  },
  template: `
    <svg v-if="found && found.faces.length" class="face-frames" :class="{ good: !found.code }" :viewBox="'0 0 ' + size.width + ' ' + size.height" aria-hidden="true">
      <rect v-for="(face, at) in found.faces" :key="at" :x="face.left * size.width" :y="face.top * size.height" :width="face.width * size.width" :height="face.height * size.height" rx="6" /></svg>
    <div v-else class="face-frame" aria-hidden="true"></div>
    <p v-if="found && found.code" class="face-hint"><text-pair :of="found" /></p>`,
};
