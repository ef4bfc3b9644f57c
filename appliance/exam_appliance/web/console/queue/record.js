/** The counts of the queue by session. */

import { duration } from "../../shared/format.js";
import { QUEUE_TEXT } from "../texts/queue.js";

const { inject } = window.Vue;

export const QueueRecord = {
  setup: () => ({ queue: inject("queue"), time: (seconds) => (seconds === null ? "—" : duration(seconds * 1000)), words: QUEUE_TEXT }),
  template: `
    <div class="queue-record"><p class="soft"><text-pair :of="words.record.what" /></p>
      <table v-if="queue.value.value.sessions.length" class="plain-table roomy">
        <thead><tr><th><text-pair :of="words.session" /></th><th v-for="name in ['taken', 'called', 'served', 'noShows', 'waiting', 'mean', 'longest']" :key="name" class="end"><text-pair :of="words.record[name]" stack /></th></tr></thead>
        <tbody><tr v-for="one in queue.value.value.sessions" :key="one.session" :data-session="one.session"><td><strong>{{ one.title }}</strong> <code>{{ one.session }}</code></td>
          <td v-for="(n, at) in [one.taken, one.called, one.served, one.no_shows, one.waiting]" :key="at" class="end kd-number">{{ n }}</td>
          <td class="end kd-number">{{ time(one.mean_wait_s) }}</td><td class="end kd-number">{{ time(one.longest_wait_s) }}</td></tr></tbody>
      </table>
      <p v-else class="empty-line"><text-pair :of="words.record.none" /></p></div>`,
};
