export type Point = readonly [x: number, y: number];

/** How an outline is drawn. Width in scene units. */
export interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly cap?: 'butt' | 'round';
}

/** A number as SVG text: a hundredth of a unit is finer than any pixel. */
export function text(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  radius = 0,
): string {
  const size = `width="${text(width)}" height="${text(height)}" rx="${text(radius)}"`;
  return `<rect x="${text(x)}" y="${text(y)}" ${size} fill="${fill}"/>`;
}

export function ellipse(
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  fill: string,
): string {
  const radii = `rx="${text(radiusX)}" ry="${text(radiusY)}"`;
  return `<ellipse cx="${text(x)}" cy="${text(y)}" ${radii} fill="${fill}"/>`;
}

export function ellipseRing(
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  { colour, width }: Stroke,
): string {
  const radii = `rx="${text(radiusX)}" ry="${text(radiusY)}"`;
  const stroke = `stroke="${colour}" stroke-width="${text(width)}"`;
  return `<ellipse cx="${text(x)}" cy="${text(y)}" ${radii} fill="none" ${stroke}/>`;
}

export function polygon(points: readonly Point[], fill: string): string {
  const list = points.map(([x, y]) => `${text(x)},${text(y)}`).join(' ');
  return `<polygon points="${list}" fill="${fill}"/>`;
}

/** A filled path. @param data see `pathData` */
export function area(data: string, fill: string): string {
  return `<path d="${data}" fill="${fill}"/>`;
}

/** A path that is stroked. @param data see `pathData` */
export function line(data: string, { colour, width, cap = 'round' }: Stroke): string {
  const stroke = `stroke="${colour}" stroke-width="${text(width)}" stroke-linecap="${cap}"`;
  return `<path d="${data}" fill="none" ${stroke} stroke-linejoin="round"/>`;
}

/** Path data from commands and numbers: pathData`M${x} ${y} h${width}`. */
export function pathData(parts: TemplateStringsArray, ...values: readonly number[]): string {
  return parts.map((part, i) => (i === 0 ? part : text(values[i - 1]!) + part)).join('');
}

export function group(transform: string, content: string): string {
  return `<g transform="${transform}">${content}</g>`;
}

export function faded(opacity: number, content: string): string {
  return `<g opacity="${text(opacity)}">${content}</g>`;
}
