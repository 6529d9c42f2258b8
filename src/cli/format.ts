/** 0.8712 as `87.1 %`; a dash for what is not known. */
export function formatPercent(fraction: number | null): string {
  return fraction === null ? '-' : `${(100 * fraction).toFixed(1)} %`;
}

/** 300774272 as `301 M`. */
export function formatCount(count: number): string {
  const units = ['', ' k', ' M', ' G', ' T', ' P'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toPrecision(3)}${units[unit]}`;
}

/** Bytes in decimal units, as networks count them. */
export function formatBytes(bytes: number): string {
  return `${formatCount(bytes)}B`.replace(/^(\d+)B$/, '$1 B');
}

/** Rounded as far as an estimate deserves: `45 s`, `12 min`, `3 h 20 min`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
