/** The seat's camera: opened, watched, looked at, closed. */

const { onUnmounted, ref } = window.Vue;

const WANTED = { video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" }, audio: false };
const FRAME_WITHIN_MS = 8000;
const AFTER_CHANGE_MS = 800;
/** The part of the picture that is shown and sent: who sits beside stays out of it. */
const WIDE = 4;
const HIGH = 3;
const MOST_HIGH = 960;
const QUALITY = 0.9;

/** Returns why a camera could not be opened, as the server calls it. */
export function causeOf(error) {
  const name = (error && error.name) || "";
  if (name === "NotFoundError" || name === "OverconstrainedError" || name === "DevicesNotFoundError") return "no_camera";
  if (name === "NotAllowedError" || name === "SecurityError") return "camera_denied";
  return "camera_failed";
}

/** Returns [left, top, width, height] of the middle of a picture in the shape that is shown. */
export function middleOf(width, height) {
  const wide = Math.min(width, (height * WIDE) / HIGH);
  const high = (wide * HIGH) / WIDE;
  return [(width - wide) / 2, (height - high) / 2, wide, high];
}

/**
 * Opens the camera while the view stands there. `state`: opening, live, or off with `cause`. A camera that is
 * plugged in or given back later is opened by itself.
 */
export function useCamera() {
  const video = ref(null);
  const state = ref("opening");
  const cause = ref("");
  let stream = null;
  let opened = 0;
  let late = 0;

  function close() {
    clearTimeout(late);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  function fail(why) {
    close();
    cause.value = why;
    state.value = "off";
  }

  async function open() {
    const turn = (opened += 1);
    close();
    state.value = "opening";
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
      fail("camera_denied");
      return;
    }
    try {
      const given = await navigator.mediaDevices.getUserMedia(WANTED);
      if (turn !== opened || !video.value) {
        given.getTracks().forEach((track) => track.stop());
        return;
      }
      stream = given;
      given.getVideoTracks()[0].addEventListener("ended", () => {
        if (stream === given) open();
      });
      late = setTimeout(() => fail("camera_failed"), FRAME_WITHIN_MS);
      video.value.srcObject = given;
    } catch (error) {
      if (turn === opened) fail(causeOf(error));
    }
  }

  function framed() {
    if (!stream) return;
    clearTimeout(late);
    cause.value = "";
    state.value = "live";
  }

  let changing = 0;
  const changed = () => {
    clearTimeout(changing);
    changing = setTimeout(() => {
      if (state.value === "off") open();
    }, AFTER_CHANGE_MS);
  };
  const devices = navigator.mediaDevices;
  if (devices && devices.addEventListener) devices.addEventListener("devicechange", changed);
  onUnmounted(() => {
    opened += 1;
    clearTimeout(changing);
    if (devices && devices.removeEventListener) devices.removeEventListener("devicechange", changed);
    close();
  });

  /** Returns the picture as a JPEG, null while there is none. */
  function shot() {
    const from = video.value;
    if (!from || !from.videoWidth) return Promise.resolve(null);
    const [left, top, wide, high] = middleOf(from.videoWidth, from.videoHeight);
    const canvas = document.createElement("canvas");
    canvas.height = Math.round(Math.min(high, MOST_HIGH));
    canvas.width = Math.round((canvas.height * WIDE) / HIGH);
    canvas.getContext("2d").drawImage(from, left, top, wide, high, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }

  return { video, state, cause, open, close, framed, shot };
}
