/** The middle one; of an even number, what lies between the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return rounded((low + high) / 2);
}

/** To three digits; what is larger, to a whole number. */
export function rounded(value) {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
