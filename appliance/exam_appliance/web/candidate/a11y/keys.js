/** The keys of the exam, known wherever the focus stands but in a field of text or a dialog. */

const { onBeforeUnmount, onMounted } = window.Vue;

const TEXT_FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select";

/** The character of a key, also while an input method for Chinese is on. */
function characterOf(event) {
  if (event.key.length === 1) return event.key.toUpperCase();
  const found = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code || "");
  return found ? found[1] : "";
}

/** What a key asks for: {kind: "choose", at}, {kind: "flag"|"next"|"previous"}, or null. */
export function wishOf(event, choices) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.key === "PageDown") return { kind: "next" };
  if (event.key === "PageUp") return { kind: "previous" };
  const character = characterOf(event);
  // F is also the sixth letter: it flags unless the item has a choice F, Shift+F flags always.
  if (character === "F" && (event.shiftKey || choices < 6)) return { kind: "flag" };
  const at = /^[1-8]$/.test(character) ? Number(character) - 1 : "ABCDEFGH".indexOf(character || "-");
  return at >= 0 && at < choices ? { kind: "choose", at } : null;
}

/** Listens while the component is there; `choices()` is the number of choices of the item shown. */
export function useExamKeys({ choices, onWish }) {
  function hear(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target instanceof Element && event.target.matches(TEXT_FIELDS)) return;
    const wish = wishOf(event, choices());
    if (!wish || (event.repeat && wish.kind !== "next" && wish.kind !== "previous")) return;
    event.preventDefault();
    onWish(wish);
  }
  onMounted(() => document.addEventListener("keydown", hear));
  onBeforeUnmount(() => document.removeEventListener("keydown", hear));
}
