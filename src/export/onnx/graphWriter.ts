import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { RtfqError } from '../../errors.ts';
import { imageTensorName } from '../peerGraph.ts';

/** Of 2021: old enough for whatever runs int8 networks, new enough for all operators that are used. */
const opsetVersion = 15n;
const irVersion = 8n;

const dataTypes = new Map<unknown, TensorProto_DataType>([
  [Int8Array, TensorProto_DataType.INT8],
  [Uint8Array, TensorProto_DataType.UINT8],
  [Int32Array, TensorProto_DataType.INT32],
  [BigInt64Array, TensorProto_DataType.INT64],
  [Float32Array, TensorProto_DataType.FLOAT],
]);

export type ConstantValues = Int8Array | Uint8Array | Int32Array | BigInt64Array | Float32Array;

/** Whole numbers, and lists of them. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** `bytes`: uint8. */
export type BoundaryType = 'bytes' | 'floats';

/** Collects the nodes and constants of an ONNX graph. Values have names, which nodes refer to. */
export class GraphWriter {
  readonly #nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  readonly #outputs = new Set([imageTensorName]);
  readonly #constants = new Map<string, MessageInitShape<typeof TensorProtoSchema>>();

  /** @param output name of the node's only output, and of the node */
  node(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Attributes = {},
  ): void {
    this.#checkName(output, this.#outputs.has(output) || this.#constants.has(output));
    this.#outputs.add(output);
    const attribute = Object.entries(attributes).map(([name, value]) => toAttribute(name, value));
    this.#nodes.push({ name: output, opType, input: [...input], output: [output], attribute });
  }

  /** Layers are called what a model's author likes. */
  #checkName(name: string, isTaken: boolean): void {
    if (!isTaken) return;
    throw new RtfqError('INVALID_ARGUMENT', 'a layer has a name that the exported file needs', {
      got: name,
      expected: 'names of layers without a colon, and not image or logits',
    });
  }

  /** A constant of a shape; the same name stands for the same constant. @returns its name */
  constant(name: string, values: ConstantValues, dims: readonly number[]): string {
    this.#checkName(name, this.#outputs.has(name));
    this.#constants.set(name, {
      name,
      dims: dims.map(BigInt),
      dataType: dataTypes.get(values.constructor)!,
      rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice(),
    });
    return name;
  }

  /** @returns the file's bytes */
  finish(
    description: string,
    input: MessageInitShape<typeof ValueInfoProtoSchema>,
    output: MessageInitShape<typeof ValueInfoProtoSchema>,
  ): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion,
      producerName: 'rtfq',
      docString: description,
      opsetImport: [{ domain: '', version: opsetVersion }],
      graph: {
        name: 'subnet',
        node: this.#nodes,
        initializer: [...this.#constants.values()],
        input: [input],
        output: [output],
      },
    });
    return toBinary(ModelProtoSchema, model);
  }
}

/** What goes in or comes out. */
export function boundary(
  name: string,
  type: BoundaryType,
  dims: readonly number[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const elemType = type === 'bytes' ? TensorProto_DataType.UINT8 : TensorProto_DataType.FLOAT;
  const dim = dims.map((size) => ({
    value: { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } };
}

function toAttribute(
  name: string,
  value: number | readonly number[],
): MessageInitShape<typeof AttributeProtoSchema> {
  return typeof value === 'number'
    ? { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }
    : { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) };
}
