// A donor's proof: that one entry is in the log, and what it stands for (C2SP tlog-proof).

import { concat, fromBase64, natural, text, toHex, utf8 } from "./bytes.js";
import { parseCheckpoint, parseNote } from "./notes.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const COMMITMENT = utf8("ledger-commit/v1\0");
const SALT_BYTES = 32;

/**
 * Returns the parts of a proof: `index`, `hashes`, `note`, `checkpoint`, and `extra`, which may
 * be null.
 *
 * @throws Error if it is not the text of a proof.
 */
export function parseProof(proof) {
  const at = proof.indexOf("\n\n");
  const lines = proof.slice(0, Math.max(at, 0)).split("\n");
  if (lines.shift() !== HEADER) throw new Error(`A proof begins with the line ${HEADER}.`);
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift().slice(6)) : null;
  const [word, index, ...more] = lines.shift()?.split(" ") ?? [];
  if (word !== "index" || more.length > 0) throw new Error("The proof does not say which entry it is of.");
  const hashes = lines.map(fromBase64);
  if (hashes.some((hash) => hash.length !== 32)) throw new Error("A hash of the proof has another length.");
  const note = parseNote(proof.slice(at + 2));
  return { index: natural(index), extra, hashes, note, checkpoint: parseCheckpoint(note.text) };
}

/** Returns the salt and the private record that a proof's `extra` holds. Throws Error for neither. */
export function parseOpening(extra) {
  if (extra === null || extra.length <= SALT_BYTES) throw new Error("The proof opens nothing.");
  return { salt: extra.subarray(0, SALT_BYTES), record: extra.subarray(SALT_BYTES) };
}

/** Returns the commitment to `record` under `salt`, in hexadecimal. */
export async function commitment({ salt, record }) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", salt, algorithm, false, ["sign"]);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, concat(COMMITMENT, record))));
}

/** Returns the private record as an object. */
export const readRecord = (record) => JSON.parse(text(record));
