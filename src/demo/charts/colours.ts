/** The page's colours, as a canvas wants them: in the scheme that holds now. */
export interface ChartColours {
  readonly ink: string;
  readonly soft: string;
  readonly grid: string;
  readonly surface: string;
  readonly line: string;
  readonly fill: string;
  readonly limit: string;
  readonly bits: Readonly<Record<number, string>>;
}

export function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of('ink'),
    soft: of('ink-soft'),
    grid: of('line'),
    surface: of('surface'),
    line: of('accent'),
    fill: of('accent-soft'),
    limit: of('limit'),
    bits: { 8: of('bits-8'), 6: of('bits-6'), 4: of('bits-4') },
  };
}

/** Calls back when the scheme changes between light and dark. */
export function onColoursChange(listener: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}
