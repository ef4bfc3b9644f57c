/**
 * What the candidate must be told: messages of the invigilator, refused responses, lost responses,
 * time
 * warnings, time added. Those that matter stay until they are read.
 */

const { reactive, ref } = window.Vue;

function seenKey(ticket) {
  return `kaodian.read.${ticket}`;
}

function readUpTo(ticket) {
  try {
    return Number(window.sessionStorage.getItem(seenKey(ticket))) || 0;
  } catch (error) {
    return 0;
  }
}

export function createNotices() {
  /** Unread messages of the invigilator: {seq, at, text}. */
  const unread = ref([]);
  /** Items whose last response was refused, and the problem that says why. */
  const refusals = reactive({ items: [], problem: null });
  /** Items that the server has lost after it had acknowledged them. */
  const incidents = reactive({ items: [] });
  /** Minutes of the time warning that stands there now, 0 for none. */
  const minutesLeft = ref(0);
  /** Milliseconds that were added to the time, until the candidate has read it; 0 for none. */
  const addedMs = ref(0);
  let ticket = "";
  let upTo = 0;

  return {
    unread,
    refusals,
    incidents,
    minutesLeft,
    addedMs,
    /** Takes the messages of a state. */
    follow(state) {
      if (ticket !== state.candidate.ticket) {
        ticket = state.candidate.ticket;
        upTo = readUpTo(ticket);
        refusals.items = [];
        incidents.items = [];
        minutesLeft.value = 0;
        addedMs.value = 0;
      }
      unread.value = state.messages.filter((message) => message.seq > upTo);
    },
    /** More time than before: several additions that were not read yet are told as one. */
    timeAdded(ms) {
      addedMs.value += ms;
      minutesLeft.value = 0;
    },
    /** The candidate has read the messages shown. */
    read() {
      upTo = unread.value.reduce((most, message) => Math.max(most, message.seq), upTo);
      unread.value = [];
      try {
        window.sessionStorage.setItem(seenKey(ticket), String(upTo));
      } catch (error) {
        // Then a reload shows them again.
      }
    },
    refused(item, problem) {
      if (!refusals.items.includes(item)) refusals.items.push(item);
      refusals.problem = problem;
    },
    clearRefusals() {
      refusals.items = [];
      refusals.problem = null;
    },
    incident(item) {
      if (!incidents.items.includes(item)) incidents.items.push(item);
    },
  };
}
