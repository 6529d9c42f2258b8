import { isBuiltin } from 'node:module';

export interface Arrow {
  readonly area: string;
  readonly typesOnly: boolean;
}

export interface PackageRule {
  readonly packages: string;
  readonly matches: (name: string) => boolean;
  /** What a path below src/ has to start with, or 'anywhere'. */
  readonly places: readonly string[] | 'anywhere';
}

const types = (area: string): Arrow => ({ area, typesOnly: true });
const code = (area: string): Arrow => ({ area, typesOnly: false });

/**
 * Which way imports point. An area is a folder of src/, a file of src/, or one of the parts
 * that have an arrow of their own. An area may also import what its targets may import, and
 * through an arrow for types only that gives types only. Everything may import errors.ts.
 */
export const arrows: Readonly<Record<string, readonly Arrow[]>> = {
  'errors.ts': [],
  quant: [],
  model: [code('quant')],
  network: [code('model'), code('quant'), code('network/paretoFront.ts')],
  'network/paretoFront.ts': [],
  kernels: [code('quant')],
  frames: [types('kernels')],
  backends: [code('kernels'), code('network'), code('frames'), code('backends/checkChoice.ts')],
  'backends/checkChoice.ts': [types('backends')],
  download: [code('model')],
  runtime: [code('backends'), code('model'), code('download')],
  budget: [types('network'), code('network/paretoFront.ts')],
  'worker/protocol.ts': [types('runtime'), types('budget')],
  worker: [code('worker/protocol.ts'), code('runtime'), code('budget')],
  client: [
    types('worker/protocol.ts'),
    code('budget'),
    code('frames'),
    code('backends/checkChoice.ts'),
  ],
  'index.ts': [code('client'), code('worker/protocol.ts'), code('runtime'), code('budget')],
  training: [code('network'), code('quant'), code('model'), code('kernels')],
  'training/node': [code('training')],
  export: [code('network'), code('model'), code('quant')],
  cli: [code('training/node'), code('training'), code('export'), code('runtime'), code('budget')],
  react: [code('index.ts')],
  demo: [code('index.ts')],
};

/** These do what a user of the package can do, so they reach nothing behind the index. */
export const closedAreas: readonly string[] = ['react', 'demo'];

export const packageRules: readonly PackageRule[] = [
  {
    packages: '@tensorflow/*',
    matches: (name) => name.startsWith('@tensorflow/'),
    places: ['training/', 'backends/tfjs/', 'backends/webgpu/'],
  },
  {
    packages: 'comlink',
    matches: (name) => name === 'comlink',
    places: ['worker/', 'client/'],
  },
  { packages: 'react', matches: (name) => name === 'react', places: ['react/'] },
  { packages: 'valibot', matches: (name) => name === 'valibot', places: 'anywhere' },
  {
    packages: 'sharp',
    matches: (name) => name === 'sharp',
    places: ['training/node/', 'cli/'],
  },
  {
    packages: 'uplot',
    matches: (name) => name === 'uplot' || name.startsWith('uplot/'),
    places: ['demo/charts/'],
  },
  {
    packages: 'echarts',
    matches: (name) => name === 'echarts' || name.startsWith('echarts/'),
    places: ['training/report/'],
  },
  {
    packages: '@bufbuild/protobuf, onnx-buf',
    matches: (name) => name.startsWith('@bufbuild/') || name === 'onnx-buf',
    places: ['export/onnx/'],
  },
  {
    packages: 'flatbuffers',
    matches: (name) => name === 'flatbuffers',
    places: ['export/tflite/'],
  },
  {
    packages: 'commander, cli-table3, cli-progress',
    matches: (name) => ['commander', 'cli-table3', 'cli-progress'].includes(name),
    places: ['cli/'],
  },
  {
    packages: "Node's own modules",
    matches: (name) => isBuiltin(name),
    places: ['training/node/', 'cli/'],
  },
];
