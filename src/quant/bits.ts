/** Bits that weights can be packed at and activations rounded to. */
export type BitWidth = 8 | 6 | 4;
export const bitWidths = [8, 6, 4] as const satisfies readonly BitWidth[];

export function isBitWidth(value: number): value is BitWidth {
  return (bitWidths as readonly number[]).includes(value);
}

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** Weights are signed: [-2^(b-1), 2^(b-1)-1] (numeric contract, rule 1). */
export function weightRange(bits: BitWidth): IntegerRange {
  return { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 };
}

/** Activations: [0, 2^b-1] after a ReLU, signed after a linear layer (numeric contract, rule 2). */
export function activationRange(bits: BitWidth, signed: boolean): IntegerRange {
  return signed ? weightRange(bits) : { min: 0, max: 2 ** bits - 1 };
}
