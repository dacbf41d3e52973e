// Signed notes, the checkpoints in them, and witnesses' cosignatures
// (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

import { concat, equal, fromBase64, fromHex, natural, sha256, toHex, utf8 } from "./bytes.js";

const ED25519 = 0x01;
const COSIGNATURE = 0x04;
const MAX_NOTE = 1_000_000; // characters; a note with sixteen post-quantum signatures has a tenth
const NAME = /^[^\s+]+$/u;
const SIGNATURE_LINE = /^— ([^\s+]+) (\S+)$/u;

/**
 * Returns the key that a vkey describes: `name`, `id` (hexadecimal), `type`, `publicKey`.
 *
 * @throws Error unless its id is that of its name and key, and its type one that is known here.
 */
export async function parseKey(vkey) {
  const [name, id, encoded, ...rest] = vkey.split("+");
  // The base64 of the key may have plus signs of its own.
  const material = fromBase64([encoded ?? "", ...rest].join("+"));
  const [type] = material;
  const publicKey = material.subarray(1);
  const known = (type === ED25519 || type === COSIGNATURE) && publicKey.length === 32;
  if (!NAME.test(name) || !known) throw new Error("This is not a key of a kind known here.");
  const hash = await sha256(utf8(name), utf8("\n"), material);
  if (!equal(hash.subarray(0, 4), fromHex(id))) throw new Error("This key has the id of another one.");
  return { vkey, name, id, type, publicKey };
}

/** Returns a note's text and its signatures: name, key id, bytes. Throws Error if it is none. */
export function parseNote(note) {
  const problem = new Error("This is not a signed note.");
  const at = note.lastIndexOf("\n\n");
  // eslint-disable-next-line no-control-regex
  if (note.length > MAX_NOTE || at < 0 || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw problem;
  const lines = note.slice(at + 2).split("\n");
  if (lines.pop() !== "" || lines.length === 0) throw problem;
  const signatures = lines.map((line) => {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
    if (name === undefined) throw problem;
    const bytes = fromBase64(encoded);
    if (bytes.length < 5) throw problem;
    return { name, id: toHex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
  });
  return { text: note.slice(0, at + 1), signatures };
}

/** Returns `origin`, `size` and `root` of a note's text. Throws Error if it is no checkpoint. */
export function parseCheckpoint(text) {
  const [origin, size, root, ...rest] = text.split("\n");
  if (!origin || rest.length === 0) throw new Error("This is not a checkpoint.");
  const bytes = fromBase64(root);
  if (bytes.length !== 32) throw new Error("This is not a checkpoint.");
  return { origin, size: natural(size), root: bytes };
}

/**
 * Returns what a key says of a note: null where it did not sign, else whether its signature is
 * `valid` and, of a witness, `time`, when it signed (seconds since 1970).
 */
export async function judge(note, key) {
  const found = note.signatures.filter(({ name, id }) => name === key.name && id === key.id);
  if (found.length === 0) return null;
  const results = await Promise.all(found.map(({ bytes }) => check(note.text, bytes, key)));
  return results.find((result) => !result.valid) ?? results[0];
}

async function check(text, bytes, key) {
  if (key.type === ED25519) return { valid: await signed(key.publicKey, bytes, utf8(text)) };
  if (bytes.length !== 8 + 64) return { valid: false };
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(text));
  return { valid: await signed(key.publicKey, bytes.subarray(8), message), time: Number(time) };
}

async function signed(publicKey, signature, message) {
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature, message);
}
