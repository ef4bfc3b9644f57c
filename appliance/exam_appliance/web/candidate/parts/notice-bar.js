/** Notices above the view: connection, storage, messages, lost or refused responses, time warnings. */

import { COMMON } from "../texts/common.js";
import { EXAM } from "../texts/exam.js";
import { SEAT_PICTURE } from "../texts/seat-picture.js";

const { computed, inject } = window.Vue;

export const NoticeBar = {
  props: { view: { type: String, required: true } },
  setup() {
    const desk = inject("desk");
    const numbers = (items) => {
      const paper = desk.sitting.paper.value;
      const found = paper ? items.map(paper.numberOf).filter((number) => number !== null) : [];
      return found.sort((one, other) => one - other).join("、");
    };
    return {
      desk,
      text: COMMON,
      exam: EXAM,
      picture: SEAT_PICTURE,
      lostNumbers: computed(() => numbers(desk.notices.incidents.items)),
      refusedNumbers: computed(() => numbers(desk.notices.refusals.items)),
    };
  },
  template: `
    <div class="notices">
      <div v-if="desk.notices.incidents.items.length" role="alert" id="notice-incident">
        <note-box tone="bad" :title="text.incident.title" :help="text.incident.help(lostNumbers)" class="loud">
          <button type="button" class="button small" @click="desk.notices.incidents.items = []"><text-pair :of="text.incident.told" /></button>
        </note-box>
      </div>
      <div v-if="desk.notices.unread.value.length" role="alert" id="notice-message">
        <note-box tone="note" :title="text.messages.title" class="loud">
          <ul class="message-list">
            <li v-for="message in desk.notices.unread.value" :key="message.seq">
              <span class="kd-number message-time">{{ desk.clockSeconds(message.at) }}</span><span class="message-text">{{ message.text }}</span>
            </li>
          </ul>
          <button type="button" class="button small" @click="desk.notices.read()"><text-pair :of="text.understood" /></button>
        </note-box>
      </div>
      <div v-if="desk.notices.refusals.items.length" role="alert" id="notice-refused">
        <note-box tone="warn" :title="text.refused.title(refusedNumbers)" :help="desk.notices.refusals.problem">
          <div class="note-help">{{ text.refused.help.zh }}<span class="note-en" lang="en">{{ text.refused.help.en }}</span></div>
          <button type="button" class="button small" @click="desk.notices.clearRefusals()"><text-pair :of="text.understood" /></button>
        </note-box>
      </div>
      <div v-if="desk.seatPicture.expected.value && view === 'LobbyView'" role="status" id="notice-picture">
        <note-box tone="note" :title="picture.expected" />
      </div>
      <div v-if="!desk.durable.value" role="alert" id="notice-memory">
        <note-box tone="bad" :title="text.memory.title" :help="text.memory.help" />
      </div>
      <div v-if="!desk.standing.online.value" role="status" id="notice-away">
        <note-box tone="warn" :title="text.line.away" :help="view === 'ExamView' ? text.line.awayHelp : text.line.awayCalm" />
      </div>
      <div v-if="desk.notices.addedMs.value && view === 'ExamView'" role="alert" id="notice-added">
        <note-box tone="good" :title="exam.time.added(desk.notices.addedMs.value)" class="loud">
          <button type="button" class="button small" @click="desk.notices.addedMs.value = 0"><text-pair :of="text.understood" /></button>
        </note-box>
      </div>
      <div v-if="desk.notices.minutesLeft.value && view === 'ExamView'" id="notice-time">
        <note-box tone="warn" :title="exam.time.left(desk.notices.minutesLeft.value)">
          <button type="button" class="button small" @click="desk.notices.minutesLeft.value = 0"><text-pair :of="text.understood" /></button>
        </note-box>
      </div>
    </div>`,
};
