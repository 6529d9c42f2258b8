import { Presets, SingleBar } from 'cli-progress';

/** Progress on stderr: a bar on a terminal, else a line per tenth, so that logs stay short. */
export class ProgressLine {
  readonly #bar: SingleBar | null;
  #activity = '';
  #tenth = -1;

  constructor() {
    const format = '{bar} {percentage}% | {activity}';
    this.#bar = process.stderr.isTTY
      ? new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic)
      : null;
  }

  /** @param total may change, where another piece of work begins */
  show(done: number, total: number, activity: string): void {
    if (this.#bar !== null) {
      if (!this.#bar.isActive) this.#bar.start(total, done, { activity });
      this.#bar.setTotal(total);
      this.#bar.update(done, { activity });
      return;
    }
    const tenth = Math.floor((10 * done) / total);
    if (tenth === this.#tenth && (done < total || activity === this.#activity)) return;
    this.#tenth = tenth;
    this.#activity = activity;
    console.error(`${tenth * 10}% | ${activity}`);
  }

  /** Also to be called when the work failed, so that the terminal gets its cursor back. */
  stop(): void {
    this.#bar?.stop();
  }
}
