/** Which seats are picked: one by one, a range from the last one, all that are shown. */

const { computed, reactive, ref } = window.Vue;

/** Returns the selection over the seats `shown` (a ref), of all `seats` (a ref). */
export function useSelection(seats, shown) {
  const picked = reactive(new Set());
  const last = ref("");
  function pick(ticket) {
    if (picked.has(ticket)) picked.delete(ticket);
    else picked.add(ticket);
    last.value = ticket;
  }
  function range(ticket) {
    const order = shown.value.map((seat) => seat.ticket);
    const from = order.indexOf(last.value);
    const to = order.indexOf(ticket);
    if (from < 0) {
      pick(ticket);
      return;
    }
    for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) picked.add(one);
    last.value = ticket;
  }
  function all() {
    const every = shown.value.every((seat) => picked.has(seat.ticket));
    for (const seat of shown.value) {
      if (every) picked.delete(seat.ticket);
      else picked.add(seat.ticket);
    }
  }
  const clear = () => picked.clear();
  const chosen = computed(() => seats.value.filter((seat) => picked.has(seat.ticket)));
  return { picked, chosen, pick, range, all, clear };
}
