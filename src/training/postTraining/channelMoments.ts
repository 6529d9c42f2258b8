/** Mean and variance of each channel over all positions and pictures added. */
export class ChannelMoments {
  readonly channels: number;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #positions = 0;

  constructor(channels: number) {
    this.channels = channels;
    this.#sums = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** @param values [positions][channels] */
  add(values: Float32Array): void {
    const { channels } = this;
    const sums = this.#sums;
    const squares = this.#squares;
    for (let at = 0; at < values.length; ) {
      for (let channel = 0; channel < channels; channel++, at++) {
        const value = values[at]!;
        sums[channel]! += value;
        squares[channel]! += value * value;
      }
    }
    this.#positions += values.length / channels;
  }

  mean(channel: number): number {
    return this.#sums[channel]! / this.#positions;
  }

  variance(channel: number): number {
    const mean = this.mean(channel);
    return Math.max(0, this.#squares[channel]! / this.#positions - mean * mean);
  }
}
