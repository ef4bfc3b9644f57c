/** Letter size and contrast, chosen by the candidate and remembered by this browser. */

const { reactive, watchEffect } = window.Vue;

const KEY = "kaodian.comfort";
export const SIZES = ["normal", "large", "largest"];

function remembered() {
  try {
    const value = JSON.parse(window.localStorage.getItem(KEY)) || {};
    return { size: SIZES.includes(value.size) ? value.size : "normal", contrast: value.contrast === true };
  } catch (error) {
    return { size: "normal", contrast: false };
  }
}

/** Makes the settings and keeps the page in step with them. */
export function createComfort() {
  const comfort = reactive(remembered());
  watchEffect(() => {
    const page = document.documentElement;
    page.dataset.size = comfort.size;
    page.dataset.contrast = comfort.contrast ? "high" : "normal";
    try {
      window.localStorage.setItem(KEY, JSON.stringify({ size: comfort.size, contrast: comfort.contrast }));
    } catch (error) {
      // Then the choice holds until the page is closed.
    }
  });
  return comfort;
}
