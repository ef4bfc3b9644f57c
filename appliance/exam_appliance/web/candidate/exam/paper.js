/** The candidate's paper in the page: its items, where the candidate is, and what is blank or flagged. */

const { computed, ref, shallowRef } = window.Vue;

/** Makes the paper of one attempt from a PaperView; the place is remembered over a reload. */
export function createPaper(ticket, view, answers) {
  const key = `kaodian.place.${ticket}.${view.digest.slice(0, 12)}`;
  const items = view.items;
  const at = ref(remembered(key, items.length));
  const groups = shallowRef(groupsOf(items));

  function go(place) {
    at.value = Math.min(items.length - 1, Math.max(0, place));
    try {
      window.sessionStorage.setItem(key, String(at.value));
    } catch (error) {
      // The place is a comfort; without storage a reload begins at the first item.
    }
  }

  const isAnswered = (item) => answers.choicesOf(item.item).length > 0;
  return {
    digest: view.digest,
    items,
    groups,
    at,
    current: computed(() => items[at.value]),
    go,
    next: () => go(at.value + 1),
    previous: () => go(at.value - 1),
    isAnswered,
    blanks: computed(() => items.filter((item) => !isAnswered(item))),
    flagged: computed(() => items.filter((item) => answers.isFlagged(item.item))),
    placeOf: (item) => items.indexOf(item),
    numberOf: (id) => {
      const found = items.find((item) => item.item === id);
      return found ? found.number : null;
    },
  };
}

function remembered(key, length) {
  try {
    const place = Number(window.sessionStorage.getItem(key));
    return Number.isInteger(place) && place >= 0 && place < length ? place : 0;
  } catch (error) {
    return 0;
  }
}

/** The items in runs of one type, as the answer card shows them. */
export function groupsOf(items) {
  const groups = [];
  for (const item of items) {
    const last = groups[groups.length - 1];
    if (last && last.type === item.type) last.items.push(item);
    else groups.push({ type: item.type, items: [item] });
  }
  return groups;
}
