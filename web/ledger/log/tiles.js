// The files of a log: tiles of hashes and bundles of entries (C2SP tlog-tiles).
//
// Nothing read here is trusted. What is made of it is checked against a signed root.

import { nodeHash } from "./merkle.js";

export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

/** Returns the path of a tile, or of a bundle where `level` is "entries". */
export function tilePath(level, number, width = TILE_WIDTH) {
  const groups = [];
  let rest = number;
  do {
    const group = String(rest % 1000).padStart(3, "0");
    groups.unshift(groups.length === 0 ? group : `x${group}`);
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  return `tile/${level}/${groups.join("/")}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
}

/** Returns how many of `count` hashes or entries are in the tile with this number. */
export const tileWidth = (number, count) => Math.min(TILE_WIDTH, count - number * TILE_WIDTH);

/** Reads the log as it is at one size. */
export class Tiles {
  #size;
  #read;
  #files = new Map();

  /**
   * @param size how many entries the log has, by a signed checkpoint.
   * @param read promises the bytes at a path.
   */
  constructor(size, read) {
    this.#size = size;
    this.#read = read;
  }

  /** Returns the hash of the full subtree of 2^height entries at `place` among its like. */
  hashAt = async (height, place) => {
    const level = Math.floor(height / TILE_HEIGHT);
    const count = 2 ** (height % TILE_HEIGHT);
    const number = Math.floor((place * count) / TILE_WIDTH);
    const tile = await this.#tile(level, number);
    const first = (place * count) % TILE_WIDTH;
    let hashes = Array.from({ length: count }, (_, i) =>
      tile.subarray((first + i) * HASH_BYTES, (first + i + 1) * HASH_BYTES),
    );
    while (hashes.length > 1) {
      const pairs = Array.from({ length: hashes.length / 2 }, (_, i) => hashes.slice(2 * i, 2 * i + 2));
      hashes = await Promise.all(pairs.map((pair) => nodeHash(...pair)));
    }
    return hashes[0];
  };

  /** Returns the bytes of entry `index`. */
  async entry(index) {
    const bundle = await this.bundle(Math.floor(index / TILE_WIDTH));
    return bundle[index % TILE_WIDTH];
  }

  /** Returns the entries of a bundle. Throws Error if it does not hold those that it should. */
  async bundle(number) {
    const width = tileWidth(number, this.#size);
    const bytes = await this.#file(tilePath("entries", number, width));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const entries = [];
    let at = 0;
    while (at < bytes.length) {
      if (at + 2 > bytes.length) throw new Error("A bundle of entries ends early.");
      const end = at + 2 + view.getUint16(at);
      if (end > bytes.length) throw new Error("A bundle of entries ends early.");
      entries.push(bytes.subarray(at + 2, end));
      at = end;
    }
    if (entries.length !== width) throw new Error("A bundle holds another number of entries.");
    return entries;
  }

  async #tile(level, number) {
    const count = Math.floor(this.#size / TILE_WIDTH ** level);
    const width = tileWidth(number, count);
    const bytes = await this.#file(tilePath(level, number, width));
    if (bytes.length !== width * HASH_BYTES) throw new Error("A tile has another width.");
    return bytes;
  }

  /** Reads each file once. One that could not be read is tried again when it is next needed. */
  #file(path) {
    if (!this.#files.has(path)) {
      const reading = this.#read(path);
      reading.catch(() => this.#files.delete(path));
      this.#files.set(path, reading);
    }
    return this.#files.get(path);
  }
}
