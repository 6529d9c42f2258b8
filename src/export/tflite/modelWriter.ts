import { FileBuilder, type Reference, type TableFields } from './fileBuilder.ts';
import {
  fields,
  type OperatorName,
  operators,
  schemaVersion,
  type TensorType,
  tensorTypes,
} from './schema.ts';

export type TensorIndex = number;

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly quantization?: {
    /** One, or one per place along `dimension`. */
    readonly steps: ArrayLike<number>;
    readonly dimension: number;
    readonly zeroPoint: number;
  };
  /** Of a constant. */
  readonly data?: Int8Array | Int32Array | Float32Array;
}

interface OperatorSpec {
  readonly operator: OperatorName;
  readonly inputs: readonly TensorIndex[];
  readonly output: TensorIndex;
  readonly options: OperatorOptions | null;
}

/** `table`: which one of the schema's union BuiltinOptions. */
export interface OperatorOptions {
  readonly table: number;
  readonly fields: TableFields;
}

/** Collects the tensors and operators of a graph, then writes them as a .tflite file. */
export class ModelWriter {
  readonly #tensors: TensorSpec[] = [];
  readonly #operators: OperatorSpec[] = [];

  tensor(spec: TensorSpec): TensorIndex {
    return this.#tensors.push(spec) - 1;
  }

  operator(
    operator: OperatorName,
    inputs: readonly TensorIndex[],
    output: TensorIndex,
    options: OperatorOptions | null = null,
  ): void {
    this.#operators.push({ operator, inputs, output, options });
  }

  /** @returns the file's bytes */
  finish(description: string, input: TensorIndex, output: TensorIndex): Uint8Array {
    const constants = this.#tensors.filter(({ data }) => data !== undefined);
    const dataBytes = constants.reduce((sum, { data }) => sum + data!.byteLength, 0);
    const file = new FileBuilder(dataBytes + 2 ** 17);
    // Buffer 0 is empty by convention: what is no constant refers to it.
    const buffers = [
      file.table([]),
      ...constants.map(({ data }) => file.table([[fields.buffer.data, file.data(data!)]])),
    ];
    const tensors = this.#tensors.map((spec) =>
      writeTensor(file, spec, constants.indexOf(spec) + 1),
    );
    const codes = [...new Set(this.#operators.map(({ operator }) => operator))];
    const subGraph = file.table([
      [fields.subGraph.tensors, file.references(tensors)],
      [fields.subGraph.inputs, file.int32s([input])],
      [fields.subGraph.outputs, file.int32s([output])],
      [
        fields.subGraph.operators,
        file.references(this.#operators.map((spec) => writeOperator(file, spec, codes))),
      ],
    ]);
    return file.finish(
      file.table([
        [fields.model.version, { int32: schemaVersion }],
        [fields.model.operatorCodes, file.references(codes.map((code) => writeCode(file, code)))],
        [fields.model.subgraphs, file.references([subGraph])],
        [fields.model.description, file.text(description)],
        [fields.model.buffers, file.references(buffers)],
      ]),
    );
  }
}

function writeTensor(file: FileBuilder, spec: TensorSpec, buffer: number): Reference {
  const { name, shape, type, quantization } = spec;
  const described: TableFields = [
    [fields.tensor.shape, file.int32s(shape)],
    [fields.tensor.type, { int8: tensorTypes[type] }],
    [fields.tensor.buffer, { int32: buffer }],
    [fields.tensor.name, file.text(name)],
  ];
  if (quantization === undefined) return file.table(described);
  const { steps, dimension, zeroPoint } = quantization;
  const table = file.table([
    [fields.quantization.scale, file.floats(steps)],
    [fields.quantization.zeroPoint, file.int64s(Array.from(steps, () => zeroPoint))],
    [fields.quantization.quantizedDimension, { int32: dimension }],
  ]);
  return file.table([...described, [fields.tensor.quantization, table]]);
}

function writeCode(file: FileBuilder, operator: OperatorName): Reference {
  const { code, version } = operators[operator];
  return file.table([
    [fields.operatorCode.deprecatedBuiltinCode, { int8: code }],
    [fields.operatorCode.version, { int32: version }],
    [fields.operatorCode.builtinCode, { int32: code }],
  ]);
}

function writeOperator(
  file: FileBuilder,
  { operator, inputs, output, options }: OperatorSpec,
  codes: readonly OperatorName[],
): Reference {
  const described: TableFields = [
    [fields.operator.opcodeIndex, { int32: codes.indexOf(operator) }],
    [fields.operator.inputs, file.int32s(inputs)],
    [fields.operator.outputs, file.int32s([output])],
  ];
  if (options === null) return file.table(described);
  const table = file.table(options.fields);
  return file.table([
    ...described,
    [fields.operator.optionsType, { int8: options.table }],
    [fields.operator.options, table],
  ]);
}
