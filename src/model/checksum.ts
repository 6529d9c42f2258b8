const sealed = /"crc32"\s*:\s*"[0-9a-f]{8}"/;

/** Puts a document's checksum in the place that `"crc32": "00000000"` keeps for it. */
export function sealJson(json: string): string {
  return json.replace(sealed, `"crc32": "${checksumOf(json)}"`);
}

/**
 * The CRC-32 of a JSON document, as 8 lower-case hexadecimal digits, computed as if its own `crc32` were
 * 00000000. White space does not count: the document may be formatted anew.
 */
export function checksumOf(json: string): string {
  const bytes = new TextEncoder().encode(json.replace(sealed, '"crc32":"00000000"'));
  const crc = crc32(bytes.filter((byte) => byte > 0x20));
  return crc.toString(16).padStart(8, '0');
}

/** CRC-32 as in zlib, PNG and IEEE 802.3: polynomial 0x04c11db7, least significant bit first. */
function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    }
    return remainder;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}
