import { Builder } from 'flatbuffers';
import { fileIdentifier } from './schema.ts';

/** Runtimes read constants in place, with SIMD. */
const dataAlignment = 16;

/** What a field of a table holds: a number, or a reference to what was written before. */
export type FieldValue = { readonly int8: number } | { readonly int32: number } | Reference;

/** Something that has a place in the file. */
export interface Reference {
  readonly reference: number;
}

/** A table's fields, each by its number in the schema. Those left out have the schema's defaults. */
export type TableFields = readonly (readonly [field: number, value: FieldValue])[];

/** Writes a FlatBuffer from the inside out: what a table refers to before the table. */
export class FileBuilder {
  readonly #builder: Builder;

  /** @param sizeBytes about what will be written */
  constructor(sizeBytes: number) {
    this.#builder = new Builder(sizeBytes);
  }

  table(fields: TableFields): Reference {
    const builder = this.#builder;
    const count = fields.reduce((most, [field]) => Math.max(most, field + 1), 0);
    builder.startObject(count);
    for (const [field, value] of fields) {
      if ('int8' in value) builder.addFieldInt8(field, value.int8, 0);
      else if ('int32' in value) builder.addFieldInt32(field, value.int32, 0);
      else builder.addFieldOffset(field, value.reference, 0);
    }
    return { reference: builder.endObject() };
  }

  text(text: string): Reference {
    return { reference: this.#builder.createString(text) };
  }

  references(values: readonly Reference[]): Reference {
    const offsets = values.map(({ reference }) => reference);
    return this.#vector(4, offsets, (offset) => this.#builder.addOffset(offset));
  }

  int32s(values: ArrayLike<number>): Reference {
    return this.#vector(4, values, (value) => this.#builder.addInt32(value));
  }

  int64s(values: ArrayLike<number>): Reference {
    return this.#vector(8, values, (value) => this.#builder.addInt64(BigInt(value)));
  }

  floats(values: ArrayLike<number>): Reference {
    return this.#vector(4, values, (value) => this.#builder.addFloat32(value));
  }

  /** A constant's bytes as they are in memory. */
  data({ buffer, byteOffset, byteLength }: ArrayBufferView): Reference {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return this.#vector(1, bytes, (byte) => this.#builder.addInt8(byte), dataAlignment);
  }

  finish(root: Reference): Uint8Array {
    this.#builder.finish(root.reference, fileIdentifier);
    return this.#builder.asUint8Array();
  }

  /** FlatBuffers grow towards the front. */
  #vector(
    elementBytes: number,
    values: ArrayLike<number>,
    add: (value: number) => void,
    alignment = elementBytes,
  ): Reference {
    this.#builder.startVector(elementBytes, values.length, alignment);
    for (let i = values.length - 1; i >= 0; i--) add(values[i]!);
    return { reference: this.#builder.endVector() };
  }
}
