/** The fields of a block of arguments, in order; each is 4 bytes. */
export type ArgFields<Name extends string> = Readonly<Record<Name, 'i32' | 'f32'>>;

export function argBytes(fields: ArgFields<string>): number {
  return 4 * Object.keys(fields).length;
}

/** Writes a block at a byte offset; fields without a value become 0. */
export function writeArgs<Name extends string>(
  view: DataView,
  offset: number,
  fields: ArgFields<Name>,
  values: Readonly<Partial<Record<Name, number>>>,
): void {
  let at = offset;
  for (const name in fields) {
    const value = values[name] ?? 0;
    if (fields[name] === 'f32') view.setFloat32(at, value, true);
    else view.setInt32(at, value, true);
    at += 4;
  }
}
