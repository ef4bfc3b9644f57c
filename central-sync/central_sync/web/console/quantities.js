/** Sizes and shares as people read them. */

const STEPS = ["B", "KB", "MB", "GB", "TB"];

/** 12.3 MB of bytes. */
export function bytes(number) {
  let value = number;
  let step = 0;
  while (value >= 1024 && step < STEPS.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${STEPS[step]}`;
}

/** 83.3% of a part and its whole; a dash for nothing of nothing. */
export function share(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)}%` : "—";
}
