import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html, Markup } from './html.ts';

export interface ChartSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface Chart extends ChartSize {
  /** Unique in the document: names inside the drawing begin with it. */
  readonly id: string;
  /** What the chart says, for those who do not see it. */
  readonly description: string;
  readonly option: EChartsCoreOption;
  /** What a pointer that rests on a point reads, by series and by point. */
  readonly pointTitles?: readonly (readonly string[])[] | undefined;
}

/** Colours are the page's variables, so that one drawing suits light and dark. */
export const ink = 'var(--ink)';
export const rule = 'var(--rule)';

/** For series that are told apart by colour alone. */
export function seriesColour(index: number): string {
  return `var(--series-${(index % seriesColours) + 1})`;
}

/** As many as the page's style sheet has. */
const seriesColours = 5;

export const textStyle = { color: ink, fontFamily: 'inherit', fontSize: 13 } as const;

/** Axes and texts as all charts have them. */
export const axisStyle = {
  axisLabel: { ...textStyle, hideOverlap: true },
  axisLine: { lineStyle: { color: rule } },
  axisTick: { lineStyle: { color: rule } },
  splitLine: { lineStyle: { color: rule } },
  nameTextStyle: textStyle,
} as const;

/** Which colour is whose. In the page, where text has its real width; the drawing can only guess it. */
export function colourKey(names: readonly string[]): Markup {
  return html`<ul class="key">${names.map((name, i) => html`<li>${swatch(i)}${name}</li>`)}</ul>`;
}

export function swatch(index: number): Markup {
  return html`<span class="swatch" style="background:${seriesColour(index)}"></span>`;
}

/** A drawing that is part of a page: no script, no reference to anything outside. */
export function renderChart({
  id,
  description,
  option,
  pointTitles = [],
  widthPx,
  heightPx,
}: Chart): Markup {
  use([BarChart, LineChart, ScatterChart, GridComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPx, height: heightPx });
  try {
    chart.setOption({ animation: false, ...option });
    const svg = chart.renderToSVGString({ useViewBox: true });
    const label = html`<svg role="img" aria-label="${description}" class="chart" `.text;
    const named = svg
      .replace('<svg ', label)
      // Rules for pointers only, which would hide the titles of points.
      .replace(/<style >[\s\S]*?<\/style>/, '')
      .replaceAll(/ class="zr\d+-cls-\d+"/g, '')
      // The library counts the charts of a process.
      .replaceAll(/\bzr\d+-/g, `${id}-`);
    return new Markup(addTitles(named, pointTitles));
  } finally {
    chart.dispose();
  }
}

const pointPattern =
  /<path [^>]*ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="chart"[^>]*>/g;

function addTitles(svg: string, titles: readonly (readonly string[])[]): string {
  return svg.replace(pointPattern, (path, series: string, point: string) => {
    const title = titles[Number(series)]?.[Number(point)];
    return title === undefined ? path : `${path}${html`<title>${title}</title>`.text}`;
  });
}

/** A chart with its heading and unit. @param key what its colours mean */
export function figure(caption: string, chart: Markup, key: Markup | null): Markup {
  return html`<figure><figcaption>${caption}</figcaption>${key}${chart}</figure>`;
}

const widePx = 960;
const narrowPx = 400;

/** A chart that needs the page's whole width: drawn once for desks and once for phones. */
export function wideFigure(
  caption: string,
  draw: (size: ChartSize, kind: 'wide' | 'narrow') => Chart,
  heightPx: { readonly wide: number; readonly narrow: number },
  key: Markup,
): Markup {
  const wide = renderChart(draw({ widthPx: widePx, heightPx: heightPx.wide }, 'wide'));
  const narrow = renderChart(draw({ widthPx: narrowPx, heightPx: heightPx.narrow }, 'narrow'));
  const both = html`<div class="wide">${wide}</div><div class="narrow">${narrow}</div>`;
  return figure(caption, both, key);
}
