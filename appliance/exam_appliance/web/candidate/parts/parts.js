/** Small parts that every view uses, registered by name. */

import { LineIcon } from "./icon.js";
import { ModalDialog } from "./modal-dialog.js";

const { h } = window.Vue;

/** A text in Chinese with English small beside it (or below, with `stack`). */
const TextPair = (props) =>
  h("span", { class: props.stack ? "kd-stack" : "" }, [
    props.of.zh,
    props.of.en ? h("span", { class: "kd-en", lang: "en" }, props.stack ? props.of.en : ` ${props.of.en}`) : null,
  ]);
TextPair.props = { of: { type: Object, required: true }, stack: Boolean };

/** A problem as a readable box; nothing when there is none. */
const ProblemBox = {
  props: { of: { type: Object, default: null } },
  template: `
    <div v-if="of" class="note-box bad" role="alert">
      <line-icon name="alert" />
      <div><div class="note-zh">{{ of.zh }}</div><div class="note-en" lang="en">{{ of.en }}</div></div>
    </div>`,
};

/** A note with an icon: tone is note, good, warn or bad; the slot holds buttons. */
const NoteBox = {
  props: { title: { type: Object, required: true }, help: { type: Object, default: null }, tone: { type: String, default: "note" }, stack: Boolean },
  setup: (props) => ({ icon: { note: "info", good: "check", warn: "alert", bad: "alert" }[props.tone] }),
  template: `
    <div class="note-box" :class="tone">
      <line-icon :name="icon" />
      <div class="note-text">
        <div class="note-zh"><text-pair :of="title" :stack="stack" /></div>
        <div v-if="help" class="note-help">{{ help.zh }}<span class="note-en" lang="en">{{ help.en }}</span></div>
        <slot />
      </div>
    </div>`,
};

/** Registers all parts on the application. */
export function registerParts(app) {
  app.component("LineIcon", LineIcon);
  app.component("ModalDialog", ModalDialog);
  app.component("NoteBox", NoteBox);
  app.component("ProblemBox", ProblemBox);
  app.component("TextPair", TextPair);
}
