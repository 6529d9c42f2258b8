import { describe, expect, test } from 'vitest';
import { cutWork, type WorkShape } from '../../../src/backends/wasm/cutWork.ts';
import { BackOff } from '../../../src/backends/wasm/threads/backOff.ts';
import { Board, boardBytes } from '../../../src/backends/wasm/threads/board.ts';
import { plannedThreads } from '../../../src/backends/wasm/threads/plannedThreads.ts';
import { type Kernel, partCount, runPart, type Work } from '../../../src/backends/wasm/work.ts';
import { divisions, type KernelName, kernelNames } from '../../../src/kernels/division.ts';
import { seededRandom } from '../../support/random.ts';

type Part = readonly [number, number, number, number];

/** How often each place of the output is made by the parts. */
function coverage({ rows, channels }: Work, parts: readonly Part[]): Set<number> {
  const made = new Uint8Array(rows * channels);
  for (const [firstRow, endRow, firstChannel, endChannel] of parts) {
    for (let row = firstRow; row < endRow; row++) {
      for (let channel = firstChannel; channel < endChannel; channel++) {
        made[row * channels + channel]! += 1;
      }
    }
  }
  return new Set(made);
}

function partsOf(work: Work): Part[] {
  const parts: Part[] = [];
  const kernel: Kernel = (_, ...[r0, r1, c0, c1]) => parts.push([r0, r1, c0, c1]);
  for (let index = 0; index < partCount(work); index++) runPart(kernel, work, index, 0);
  return parts;
}

function shapeOf(kernel: KernelName, random: () => number): WorkShape {
  const rows = 1 + Math.floor(random() * 300);
  const channels = 8 * (1 + Math.floor(random() * 130));
  return { kernel, rows, channels, operations: Math.floor(random() ** 4 * 1e8) };
}

describe('cutting work', () => {
  test.each(kernelNames)(
    'of %s leaves out nothing, does nothing twice, and cuts at tiles',
    (kernel) => {
      const random = seededRandom(3);
      const { rowTile, channelTile } = divisions[kernel];
      for (let i = 0; i < 25; i++) {
        const shape = shapeOf(kernel, random);
        for (const threads of [1, 2, 3, 4, 64]) {
          const work: Work = { ...shape, args: 0, ...cutWork(shape, { threads }) };
          const parts = partsOf(work);
          expect(coverage(work, parts), JSON.stringify(work)).toEqual(new Set([1]));
          for (const [firstRow, , firstChannel] of parts) {
            expect(firstRow % (rowTile ?? work.rows)).toBe(0);
            expect(firstChannel % (channelTile ?? work.channels)).toBe(0);
          }
        }
      }
    },
  );

  test('leaves small work whole', () => {
    const shape = { kernel: 'convDot', rows: 49, channels: 64, operations: 400_000 } as const;
    expect(cutWork(shape, { threads: 4 })).toEqual({ rowsPerPart: 49, channelsPerPart: 64 });
    const large = { ...shape, operations: 5_000_000 };
    expect(cutWork(large, { threads: 4 })).not.toEqual({ rowsPerPart: 49, channelsPerPart: 64 });
  });

  test('has threads that are equally fast end at about the same time', () => {
    const random = seededRandom(4);
    for (let i = 0; i < 200; i++) {
      const channels = 8 * (16 + Math.floor(random() * 150));
      const shape = { kernel: 'convWide', rows: 1, channels, operations: 10_000_000 } as const;
      for (const threads of [2, 3, 4]) {
        const { channelsPerPart } = cutWork(shape, { threads });
        const busy = new Array<number>(threads).fill(0);
        for (const [, , first, end] of partsOf({
          ...{ ...shape, args: 0, rowsPerPart: 1, channelsPerPart },
        }).toReversed()) {
          busy[busy.indexOf(Math.min(...busy))]! += end - first;
        }
        // Of sixteen tiles, three threads cannot do better than six, five and five.
        expect(Math.max(...busy), `${channels} channels`).toBeLessThanOrEqual(
          Math.max(1.13 * (channels / threads), channels / threads + 8),
        );
      }
    }
  });

  test('gives a layer of one position to several threads by its channels', () => {
    const shape = { kernel: 'convDot', rows: 1, channels: 1000, operations: 1_280_000 } as const;
    const { rowsPerPart, channelsPerPart } = cutWork(shape, { threads: 2 });
    expect(rowsPerPart).toBe(1);
    expect(channelsPerPart).toBeLessThan(1000);
  });
});

describe('the board', () => {
  const work: Work = {
    ...{ kernel: 'depthwise', args: 640, rows: 10, rowsPerPart: 3, channels: 16 },
    channelsPerPart: 16,
  };
  const scratch = { address: 4096, bytesPerThread: 128 };

  function record(board: Board, thread: number): unknown[][] {
    const calls: unknown[][] = [];
    const kernels = { depthwise: (...given: unknown[]) => calls.push(given) };
    board.workOff(kernels as never, thread);
    return calls;
  }

  test('gives each part of the posted work to one thread, with its own scratch memory', () => {
    const memory = new SharedArrayBuffer(65536);
    const [first, second] = [new Board(memory, 1024), new Board(memory, 1024)];
    expect(record(second, 1)).toEqual([]);
    first.post(work, scratch);
    expect(first.isFinished).toBe(false);
    expect(record(second, 1)).toEqual([
      [640, 9, 10, 0, 16, 4096 + 128],
      [640, 6, 9, 0, 16, 4096 + 128],
      [640, 3, 6, 0, 16, 4096 + 128],
      [640, 0, 3, 0, 16, 4096 + 128],
    ]);
    expect(first.isFinished).toBe(true);
    expect(record(first, 0)).toEqual([]);
  });

  test('is not finished before a part that was taken is', () => {
    const memory = new SharedArrayBuffer(65536);
    const board = new Board(memory, 0);
    board.post(work, scratch);
    const kernels = {
      depthwise: () => {
        // The other thread takes what is left, and then has to wait.
        record(board, 0);
        expect(board.isFinished).toBe(false);
      },
    };
    board.workOff(kernels as never, 1);
    expect(board.isFinished).toBe(true);
  });

  test('touches its own bytes only', () => {
    const memory = new SharedArrayBuffer(65536);
    const bytes = new Uint8Array(memory).fill(255);
    bytes.fill(0, 1024, 1024 + boardBytes);
    new Board(memory, 1024).post(work, scratch);
    expect(bytes.subarray(0, 1024).every((byte) => byte === 255)).toBe(true);
    expect(bytes.subarray(1024 + boardBytes).every((byte) => byte === 255)).toBe(true);
  });
});

describe('doing without helpers', () => {
  let nowMs = 0;
  const restMs = (backOff: BackOff): number => {
    const startMs = nowMs;
    while (backOff.isResting) nowMs += 1;
    return nowMs - startMs;
  };

  test('does not happen as long as they come back in time', () => {
    const backOff = new BackOff(() => nowMs);
    for (let i = 0; i < 100; i++) backOff.waited(0.5);
    expect(backOff.isResting).toBe(false);
  });

  test('lasts longer where they are late again and again, and is short again after a calm time', () => {
    const backOff = new BackOff(() => nowMs);
    const rests = Array.from({ length: 8 }, () => {
      backOff.waited(10);
      return restMs(backOff);
    });
    expect(rests).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
    nowMs += 1500;
    backOff.waited(10);
    expect(restMs(backOff)).toBe(50);
  });
});

describe('how many threads there are', () => {
  const createThread = () => {
    throw new Error('none is started here');
  };

  test.each([
    ['asked for', { threads: 1, createThread }, null],
    ['in Node', { createThread }, 'there are no workers here'],
    ['in Node, whatever is asked for', { threads: 8 }, 'there are no workers here'],
  ])('one: %s', (_, options, reason) => {
    expect(plannedThreads(options)).toEqual({ count: 1, reason });
  });
});
