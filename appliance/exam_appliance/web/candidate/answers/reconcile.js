/** After a resume: what the page kept against what the server holds. Pure functions. */

/** True when two sets of choices are the same. */
export function sameChoices(one, other) {
  return one.length === other.length && one.every((choice) => other.includes(choice));
}

/**
 * What becomes of a waiting response: "send" it; the server has it already ("held"); or the candidate
 * has answered the item later at another seat ("theirs"), which is the newer word.
 */
export function fateOf(row, held) {
  if (!held || held.n <= row.known) return "send";
  if (held.n === row.n) {
    return sameChoices(row.choices, held.choices) && row.flagged === held.flagged ? "held" : "theirs";
  }
  return row.tries.includes(held.n) && held.n < row.n ? "send" : "theirs";
}

/** The newest receipt row of every item. */
export function newestByItem(receipts) {
  const newest = new Map();
  for (const row of receipts) {
    const known = newest.get(row.item);
    if (!known || known.n < row.n) newest.set(row.item, row);
  }
  return newest;
}

/**
 * Responses that the server acknowledged once and does not hold any more, as the receipts here show:
 * a disk that was put back, or another server in its place. They are to be sent again.
 */
export function missingAtServer(receipts, held, queue) {
  return [...newestByItem(receipts).values()].filter((row) => {
    const there = held.get(row.item);
    return !queue.has(row.item) && (!there || there.n < row.n);
  });
}

/** The receipts worth showing again, newest first: the newest `few` and the newest of each item. */
export function worthShowing(receipts, few) {
  const ordered = [...receipts].sort((one, other) => other.seq - one.seq);
  const newest = newestByItem(ordered);
  return ordered.filter((row, at) => at < few || newest.get(row.item) === row);
}
