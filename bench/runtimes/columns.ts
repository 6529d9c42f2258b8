import { type BenchRow, liteRtInt8, speedUp, tfjsF32 } from './result.ts';

interface Column {
  readonly head: string;
  readonly cell: (row: BenchRow, rows: readonly BenchRow[]) => string;
}

/** The table of a comparison, for the terminal, the page and the documentation alike. */
const columns: readonly Column[] = [
  { head: 'runtime', cell: ({ runtime }) => runtime },
  { head: 'backend', cell: ({ backend }) => backend },
  { head: 'precision', cell: ({ precision }) => precision },
  { head: 'threads', cell: ({ threads }) => String(threads) },
  { head: 'median ms', cell: ({ medianMs }) => ms(medianMs) },
  { head: 'p95', cell: ({ p95Ms }) => ms(p95Ms) },
  { head: 'min', cell: ({ minMs }) => ms(minMs) },
  { head: 'runs', cell: ({ runs }) => String(runs) },
  { head: 'first ms', cell: ({ firstMs }) => firstMs.toFixed(0) },
  { head: 'wire KB', cell: ({ wireBytes }) => (wireBytes / 1000).toFixed(0) },
  {
    head: 'wasm MB',
    cell: ({ wasmBytes }) => (wasmBytes === null ? '' : (wasmBytes / 1e6).toFixed(1)),
  },
  { head: 'dispatches', cell: ({ dispatches }) => String(dispatches ?? '') },
  { head: 'moved MB', cell: ({ movedBytes }) => megabytes(movedBytes) },
  { head: 'to GPU KB', cell: ({ uploadedBytes }) => kilobytes(uploadedBytes) },
  { head: 'from GPU KB', cell: ({ readBytes }) => kilobytes(readBytes) },
  { head: 'logits differ', cell: ({ logitsDiffer }) => logitsDiffer.toFixed(3) },
  { head: 'x LiteRT int8', cell: (row, rows) => ratio(speedUp(rows, row, liteRtInt8)) },
  { head: 'x tfjs f32', cell: (row, rows) => ratio(speedUp(rows, row, tfjsF32)) },
];

/** Heads and cells; columns in which no row has anything are left out. */
export function comparisonTable(rows: readonly BenchRow[]): {
  readonly heads: readonly string[];
  readonly cells: readonly (readonly string[])[];
} {
  const full = columns.filter(({ cell }) => rows.some((row) => cell(row, rows) !== ''));
  return {
    heads: full.map(({ head }) => head),
    cells: rows.map((row) => full.map(({ cell }) => cell(row, rows))),
  };
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1000).toFixed(1);
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1e6).toFixed(2);
}

function ratio(value: number | null): string {
  return value === null ? '' : value.toFixed(2);
}
