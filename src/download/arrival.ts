import { RtfqError } from '../errors.ts';
import { type FileReference, maxManifestBytes } from '../model/manifest.ts';
import type { ReadOptions } from '../model/reader.ts';
import type { FileCache } from './fileCache.ts';
import { pieceBytes } from './pieces.ts';

export interface ArrivalOptions {
  readonly file: string;
  /** null for model.json, of which nothing is known beforehand. */
  readonly expected: FileReference | null;
  /** Where pieces are kept as they get whole. */
  readonly cache: FileCache | null;
  readonly onProgress: ReadOptions['onProgress'];
}

/** The bytes of one file as they arrive: counted, kept, and no more than there should be. */
export class Arrival {
  readonly #options: ArrivalOptions;
  readonly #chunks: Uint8Array[] = [];
  readonly #piece: Uint8Array<ArrayBuffer> | null;
  #loadedBytes = 0;
  #cachedBytes = 0;

  constructor(options: ArrivalOptions) {
    this.#options = options;
    const { cache, expected } = options;
    this.#piece =
      cache === null || expected === null
        ? null
        : new Uint8Array(Math.min(pieceBytes, expected.sizeBytes));
  }

  get loadedBytes(): number {
    return this.#loadedBytes;
  }

  get isComplete(): boolean {
    return this.#loadedBytes === this.#options.expected?.sizeBytes;
  }

  /** Takes the whole pieces that were kept from an earlier visit. To be called first. */
  addKept(pieces: readonly Uint8Array[]): void {
    if (pieces.length === 0) return;
    for (const piece of pieces) this.#append(piece);
    this.#cachedBytes = this.#loadedBytes;
    this.#report();
  }

  /** @throws RtfqError `MODEL_INTEGRITY` where the file gets longer than it should be */
  add(chunk: Uint8Array): void {
    const { file, expected } = this.#options;
    const limitBytes = expected?.sizeBytes ?? maxManifestBytes;
    if (this.#loadedBytes + chunk.length > limitBytes) {
      throw new RtfqError('MODEL_INTEGRITY', `${file} is longer than it should be`, {
        got: `more than ${limitBytes} bytes`,
        expected: `${limitBytes} bytes`,
      });
    }
    this.#keep(chunk);
    this.#append(chunk);
    this.#report();
  }

  join(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#loadedBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#loadedBytes += chunk.length;
  }

  /** Whoever waits for the file does not wait for this. */
  #keep(chunk: Uint8Array): void {
    const { cache, expected } = this.#options;
    if (cache === null || expected === null || this.#piece === null) return;
    for (let at = 0; at < chunk.length; ) {
      const position = this.#loadedBytes + at;
      const filled = position % pieceBytes;
      const part = chunk.subarray(at, at + pieceBytes - filled);
      this.#piece.set(part, filled);
      at += part.length;
      const end = position + part.length;
      if (end % pieceBytes !== 0 && end !== expected.sizeBytes) continue;
      void cache.write(
        expected,
        Math.floor(position / pieceBytes),
        this.#piece.slice(0, filled + part.length),
      );
    }
  }

  #report(): void {
    const { file, expected, onProgress } = this.#options;
    onProgress?.({
      file,
      loadedBytes: this.#loadedBytes,
      cachedBytes: this.#cachedBytes,
      totalBytes: expected?.sizeBytes ?? null,
    });
  }
}
