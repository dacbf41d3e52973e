// The Merkle tree of RFC 6962, section 2.1: its hashes, and proofs made and checked.
//
// Numbers of entries are exact up to 2^53; shifts of JavaScript would cut them to 32 bits, so
// halves are made by division.

import { equal, sha256 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry) => sha256(LEAF, entry);
export const nodeHash = (left, right) => sha256(NODE, left, right);
export const emptyRoot = () => sha256();

const half = (number) => Math.floor(number / 2);
const odd = (number) => number % 2 === 1;

/** Returns the largest power of two below `number`, which is at least 2. */
function split(number) {
  let power = 1;
  while (power * 2 < number) power *= 2;
  return power;
}

/**
 * Returns the hash over the entries from `start` to `end`.
 *
 * @param hashAt gives (or promises) the hash of a full subtree by its height and its place there.
 */
async function range(start, end, hashAt) {
  const size = end - start;
  if (Number.isInteger(Math.log2(size))) return hashAt(Math.log2(size), start / size);
  const middle = start + split(size);
  return nodeHash(...(await Promise.all([range(start, middle, hashAt), range(middle, end, hashAt)])));
}

/** Returns the root of a tree of `size` entries. */
export const rootOf = (size, hashAt) => (size === 0 ? emptyRoot() : range(0, size, hashAt));

/** Returns the inclusion proof of entry `index` in a tree of `size` entries (section 2.1.1). */
export function inclusionProof(index, size, hashAt) {
  const path = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      path.unshift(range(middle, end, hashAt));
      end = middle;
    } else {
      path.unshift(range(start, middle, hashAt));
      start = middle;
    }
  }
  return Promise.all(path);
}

/** Returns the proof that a tree of `size` entries begins with one of `oldSize` (section 2.1.2). */
export function consistencyProof(oldSize, size, hashAt) {
  const path = [];
  let start = 0;
  let end = size;
  let known = true; // that what is left of the old tree is all of it
  while (oldSize !== end) {
    const middle = start + split(end - start);
    if (oldSize <= middle) {
      path.unshift(range(middle, end, hashAt));
      end = middle;
    } else {
      path.unshift(range(start, middle, hashAt));
      start = middle;
      known = false;
    }
  }
  if (!known) path.unshift(range(start, end, hashAt));
  return Promise.all(path);
}

/** Returns whether `proof` leads from entry `index` with `hash` to `root` (RFC 9162, 2.1.3.2). */
export async function included(index, size, hash, proof, root) {
  if (!(index >= 0 && index < size)) return false;
  let node = hash;
  let place = index;
  let last = size - 1;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (odd(place) || place === last) {
      node = await nodeHash(sibling, node);
      while (!odd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      node = await nodeHash(node, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && equal(node, root);
}

/** Returns whether `proof` shows that a tree begins with an older one (RFC 9162, 2.1.4.2). */
export async function consistent(oldSize, oldRoot, size, root, proof) {
  if (oldSize > size) return false;
  if (oldSize === size) return proof.length === 0 && equal(oldRoot, root);
  if (oldSize === 0) return proof.length === 0 && equal(oldRoot, await emptyRoot());
  const path = Number.isInteger(Math.log2(oldSize)) ? [oldRoot, ...proof] : [...proof];
  if (path.length === 0) return false;
  let place = oldSize - 1;
  let last = size - 1;
  while (odd(place)) {
    place = half(place);
    last = half(last);
  }
  let old = path[0];
  let now = path[0];
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (odd(place) || place === last) {
      old = await nodeHash(sibling, old);
      now = await nodeHash(sibling, now);
      while (!odd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      now = await nodeHash(now, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && equal(old, oldRoot) && equal(now, root);
}
