// Bytes, and the texts that stand for them.

const HEX = /^(?:[0-9a-f]{2})*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const utf8 = (text) => new TextEncoder().encode(text);

/** Returns the text of UTF-8 bytes. Throws TypeError for any others. */
export const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Throws Error unless `hex` is whole bytes in lower case. */
export function fromHex(hex) {
  if (!HEX.test(hex)) throw new Error("This is not hexadecimal.");
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Throws Error unless `base64` is the one standard encoding (RFC 4648, section 4) of its bytes. */
export function fromBase64(base64) {
  if (!BASE64.test(base64)) throw new Error("This is not base64.");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (toBase64(bytes) !== base64) throw new Error("This is not base64.");
  return bytes;
}

/** Returns the number that `decimal` writes. Throws Error for a sign, a leading zero, or no safe integer. */
export function natural(decimal) {
  const number = Number(decimal);
  if (!/^(?:0|[1-9][0-9]*)$/.test(decimal) || !Number.isSafeInteger(number)) {
    throw new Error("This is not a number of entries.");
  }
  return number;
}

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}
