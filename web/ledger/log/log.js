// The state of a log as one browser sees it: signed, a continuation of what it saw before, and
// seen by witnesses. What is found is said as checks, each with an `outcome`:
//
//   ok        it was checked and holds
//   wrong     it was checked and does not hold
//   open      there is nothing to check it against, or not yet
//   unable    it could not be checked here and now, and may hold

import { equal, fromBase64, toBase64 } from "./bytes.js";
import { consistencyProof, consistent, included, inclusionProof, leafHash } from "./merkle.js";
import { judge, parseCheckpoint, parseKey } from "./notes.js";
import { Tiles } from "./tiles.js";

/** A log whose checkpoint was read. Tiles are those of its size. */
export class Log {
  /** @param read promises the bytes at a path of the log. */
  constructor(checkpoint, read) {
    this.checkpoint = checkpoint;
    this.tiles = new Tiles(checkpoint.size, read);
  }

  /** Returns the bytes of entry `index` if they are in the tree of the checkpoint, else null. */
  async entry(index) {
    const { size, root } = this.checkpoint;
    const [entry, proof] = await Promise.all([
      this.tiles.entry(index),
      inclusionProof(index, size, this.tiles.hashAt),
    ]);
    return (await included(index, size, await leafHash(entry), proof, root)) ? entry : null;
  }

  /** Returns whether this log begins with the one of an `older` checkpoint. */
  async continues(older) {
    const { size, root } = this.checkpoint;
    if (older.size > size) return false;
    const proof = older.size === 0 ? [] : await consistencyProof(older.size, size, this.tiles.hashAt);
    return consistent(older.size, older.root, size, root, proof);
  }
}

/**
 * Judges the signatures of a checkpoint.
 *
 * @param note the checkpoint as it was served.
 * @param origin of the log that it must be of.
 * @param keys vkeys of the log, as the site gives them now.
 * @param trusted vkeys that this browser trusted before; empty on a first visit.
 * @returns `checkpoint`, and the checks `signature` and `key`.
 * @throws Error if it is no checkpoint of this log.
 */
export async function judgeCheckpoint(note, origin, keys, trusted) {
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== origin) throw new Error("This checkpoint is of another log.");
  const all = await Promise.all([...new Set([...keys, ...trusted])].map(parseKey));
  const verdicts = await Promise.all(all.map((key) => judge(note, key)));
  const signers = all.filter((_, i) => verdicts[i]?.valid).map((key) => key.vkey);
  const forged = verdicts.some((verdict) => verdict?.valid === false);
  const signature = signers.length > 0 && !forged ? "ok" : "wrong";
  // After a change of keys the log signs with both for a while, and the old one vouches for the new.
  const vouched = signers.some((vkey) => trusted.includes(vkey));
  const key = trusted.length === 0 ? "open" : vouched ? "ok" : "wrong";
  return { checkpoint, signature, key };
}

/** Returns for each witness its `name`, an `outcome`, and `time` if it saw this checkpoint. */
export function judgeWitnesses(note, vkeys) {
  return Promise.all(
    vkeys.map(async (vkey) => {
      const key = await parseKey(vkey);
      const verdict = await judge(note, key);
      const outcome = verdict === null ? "open" : verdict.valid ? "ok" : "wrong";
      return { name: key.name, outcome, time: verdict?.time };
    }),
  );
}

/**
 * Returns the check of a log against the checkpoint that this browser saw last: its `outcome`, and
 * the `finding`: "first", "same", "grown", "fork", "rollback", or "unread".
 */
export async function judgeHistory(log, seen) {
  if (seen === null) return { outcome: "open", finding: "first" };
  const { size, root } = log.checkpoint;
  if (size < seen.size) return { outcome: "wrong", finding: "rollback" };
  if (size === seen.size) {
    return equal(root, seen.root) ? { outcome: "ok", finding: "same" } : { outcome: "wrong", finding: "fork" };
  }
  try {
    const grown = await log.continues(seen);
    return grown ? { outcome: "ok", finding: "grown" } : { outcome: "wrong", finding: "fork" };
  } catch (error) {
    return { outcome: "unable", finding: "unread", error };
  }
}

/** What a browser remembers of a log from one visit to the next. */
export class Memory {
  #storage;
  #name;

  /** @param storage as `localStorage`; null where the browser has none for this site. */
  constructor(storage, origin) {
    this.#storage = storage;
    this.#name = `ledger:${origin}`;
  }

  /** Whether anything can be remembered here. */
  get works() {
    return this.#storage !== null;
  }

  /** Returns `size`, `root`, `keys` and `at` (when it was seen) of the last visit, or null. */
  recall() {
    try {
      const { size, root, keys, at } = JSON.parse(this.#storage.getItem(this.#name));
      return { size, root: fromBase64(root), keys, at };
    } catch {
      return null; // nothing there, or nothing that this page wrote
    }
  }

  /** Remembers a checkpoint that every check passed, unless a larger one is remembered. */
  keep(checkpoint, keys, at) {
    const seen = this.recall();
    if (this.#storage === null || (seen !== null && seen.size > checkpoint.size)) return;
    const record = { size: checkpoint.size, root: toBase64(checkpoint.root), keys, at };
    try {
      this.#storage.setItem(this.#name, JSON.stringify(record));
    } catch {
      this.#storage = null; // full or forbidden
    }
  }

  forget() {
    this.#storage?.removeItem(this.#name);
  }
}
