/**
 * Bytes of a module that is carried as text. Two hexadecimal digits a byte: longer than base64, and a third shorter
 * over the wire, where gzip finds what repeats in the bytes.
 */
export function decodeModule(hex: string): Uint8Array<ArrayBuffer> {
  const code = new Uint8Array(hex.length / 2);
  for (let i = 0; i < code.length; i++) code[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return code;
}
