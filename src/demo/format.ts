import type { Subnet } from '../index.ts';

const locale = 'en';
const fine = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const coarse = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const fineShare = new Intl.NumberFormat(locale, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** `8.4 ms`, `123 ms`. */
export function formatMs(ms: number): string {
  return `${(ms < 100 ? fine : coarse).format(ms)} ms`;
}

/** `33 ms`, `0.5 ms`: for limits and axes, which are round. */
export function formatWholeMs(ms: number): string {
  return `${whole.format(ms)} ms`;
}

export function formatFps(fps: number): string {
  return (fps < 10 ? fine : coarse).format(fps);
}

/** `73%`; `<1%` rather than a zero that it is not. */
export function formatShare(fraction: number): string {
  return fraction > 0 && fraction < 0.005 ? '<1%' : share.format(fraction);
}

/** `73.2%`. */
export function formatAccuracy(fraction: number): string {
  return fineShare.format(fraction);
}

/** `1.3 MB`, in units of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 999_500) return `${coarse.format(bytes / 1000)} KB`;
  return `${fine.format(bytes / 1e6)} MB`;
}

export const dimensions = ['width', 'resolution', 'bits'] as const;

export function sameSubnet(a: Subnet, b: Subnet): boolean {
  return dimensions.every((dimension) => a[dimension] === b[dimension]);
}

export type Dimension = (typeof dimensions)[number];

/** `100%`, `224 px`, `8 bit`. */
export function formatDimension(dimension: Dimension, value: number): string {
  switch (dimension) {
    case 'width':
      return share.format(value);
    case 'resolution':
      return `${value} px`;
    case 'bits':
      return `${value} bit`;
    default:
      return dimension satisfies never;
  }
}

/** What changed on the way from one subnet to another: `160 px, 6 bit`. */
export function describeChange(from: Subnet, to: Subnet): string {
  return dimensions
    .filter((dimension) => from[dimension] !== to[dimension])
    .map((dimension) => {
      const value = formatDimension(dimension, to[dimension]);
      return dimension === 'width' ? `${value} width` : value;
    })
    .join(', ');
}

/** `100%, 224 px, 8 bit`. */
export function describeSubnet(subnet: Subnet): string {
  return dimensions.map((dimension) => formatDimension(dimension, subnet[dimension])).join(', ');
}
