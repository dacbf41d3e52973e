// Hashes, proofs and tiles against published vectors and against the definitions of RFC 6962 and
// C2SP tlog-tiles, written down once more with another library.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fromHex, toHex } from "../../web/ledger/log/bytes.js";
import * as merkle from "../../web/ledger/log/merkle.js";
import { Tiles, tilePath } from "../../web/ledger/log/tiles.js";

// The tree that tests of Certificate Transparency's implementations share.
const ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const [LEAF_0, LEAF_1, LEAF_4] = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
];
const [FROM_2_TO_4, FROM_4_TO_8, FROM_6_TO_8, FROM_4_TO_6] = [
  "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
  "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
  "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
  "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
];
const INCLUSIONS = [
  { index: 0, size: 1, proof: [] },
  { index: 0, size: 8, proof: [LEAF_1, FROM_2_TO_4, FROM_4_TO_8] },
  { index: 5, size: 8, proof: [LEAF_4, FROM_6_TO_8, ROOTS[4]] },
  { index: 2, size: 3, proof: [ROOTS[2]] },
  { index: 1, size: 5, proof: [LEAF_0, FROM_2_TO_4, LEAF_4] },
];
const CONSISTENCIES = [
  { from: 1, to: 1, proof: [] },
  { from: 1, to: 8, proof: [LEAF_1, FROM_2_TO_4, FROM_4_TO_8] },
  { from: 6, to: 8, proof: [FROM_4_TO_6, FROM_6_TO_8, ROOTS[4]] },
  { from: 2, to: 5, proof: [FROM_2_TO_4, LEAF_4] },
];

const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leaf = (entry) => sha256(Buffer.of(0), entry);

/** MTH of RFC 6962, section 2.1, over the hashes of entries. */
function mth(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return sha256(Buffer.of(1), mth(hashes.slice(0, k)), mth(hashes.slice(k)));
}

const published = ENTRIES.map((hex) => leaf(Buffer.from(hex, "hex")));
const fullSubtrees = (hashes) => (height, place) => mth(hashes.slice(place * 2 ** height, (place + 1) * 2 ** height));
const bytes = (hexes) => hexes.map(fromHex);
const hexes = (hashes) => hashes.map(toHex);

test("leaf hashes and roots are the published ones", async () => {
  for (const [i, hex] of ENTRIES.entries()) {
    assert.equal(toHex(await merkle.leafHash(fromHex(hex))), published[i].toString("hex"));
  }
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(toHex(await merkle.rootOf(size, fullSubtrees(published))), root);
  }
});

test("inclusion proofs are the published ones, and hold", async () => {
  for (const { index, size, proof } of INCLUSIONS) {
    assert.deepEqual(hexes(await merkle.inclusionProof(index, size, fullSubtrees(published))), proof);
    assert.ok(await merkle.included(index, size, published[index], bytes(proof), fromHex(ROOTS[size])));
  }
});

test("consistency proofs are the published ones, and hold", async () => {
  for (const { from, to, proof } of CONSISTENCIES) {
    assert.deepEqual(hexes(await merkle.consistencyProof(from, to, fullSubtrees(published))), proof);
    assert.ok(await merkle.consistent(from, fromHex(ROOTS[from]), to, fromHex(ROOTS[to]), bytes(proof)));
  }
});

test("a proof with anything changed does not hold", async () => {
  for (const { index, size, proof } of INCLUSIONS) {
    const holds = (i, s, hash, hexes_, root) => merkle.included(i, s, hash, bytes(hexes_), fromHex(root));
    const root = ROOTS[size];
    assert.ok(!(await holds(index + 1, size, published[index], proof, root)));
    assert.ok(!(await holds(index, size, published[(index + 1) % 8], proof, root)));
    assert.ok(!(await holds(index, size, published[index], [...proof, LEAF_0], root)));
    assert.ok(!(await holds(index, size, published[index], proof, ROOTS[(size % 8) + 1])));
    assert.ok(!(await holds(-1, size, published[index], proof, root)));
    for (const i of proof.keys()) {
      assert.ok(!(await holds(index, size, published[index], proof.toSpliced(i, 1, ROOTS[0]), root)));
      assert.ok(!(await holds(index, size, published[index], proof.toSpliced(i, 1), root)));
    }
  }
  for (const { from, to, proof } of CONSISTENCIES) {
    const holds = (old, oldRoot, size, root, hexes_) =>
      merkle.consistent(old, fromHex(oldRoot), size, fromHex(root), bytes(hexes_));
    assert.ok(!(await holds(from, ROOTS[(from % 8) + 1], to, ROOTS[to], proof)));
    assert.ok(!(await holds(from, ROOTS[from], to, ROOTS[(to % 8) + 1], proof)));
    assert.ok(!(await holds(from, ROOTS[from], to, ROOTS[to], [...proof, LEAF_0])));
    if (to > from) assert.ok(!(await holds(to, ROOTS[to], from, ROOTS[from], proof)));
    for (const i of proof.keys()) {
      assert.ok(!(await holds(from, ROOTS[from], to, ROOTS[to], proof.toSpliced(i, 1, ROOTS[0]))));
      assert.ok(!(await holds(from, ROOTS[from], to, ROOTS[to], proof.toSpliced(i, 1))));
    }
  }
});

test("a node of the tree is no entry, though its hash leads to the root", async () => {
  const root = fromHex(ROOTS[8]);
  assert.ok(!(await merkle.included(0, 8, root, [], root)));
  assert.ok(!(await merkle.included(0, 8, fromHex(ROOTS[4]), bytes([FROM_4_TO_8]), root)));
});

test("every proof of every small tree holds, and no other root", async () => {
  const hashes = Array.from({ length: 20 }, (_, i) => leaf(Buffer.from(`entry ${i}`)));
  const roots = Array.from({ length: 21 }, (_, size) => mth(hashes.slice(0, size)));
  for (let size = 1; size <= 20; size++) {
    const hashAt = fullSubtrees(hashes.slice(0, size));
    for (let i = 0; i < size; i++) {
      const proof = await merkle.inclusionProof(i, size, hashAt);
      assert.ok(await merkle.included(i, size, hashes[i], proof, roots[size]), `${i} of ${size}`);
      assert.ok(!(await merkle.included(i, size, leaf(Buffer.from("other")), proof, roots[size])));
    }
    for (let old = 0; old <= size; old++) {
      const proof = old === 0 ? [] : await merkle.consistencyProof(old, size, hashAt);
      assert.ok(await merkle.consistent(old, roots[old], size, roots[size], proof), `${old} to ${size}`);
      assert.ok(!(await merkle.consistent(old, leaf(Buffer.from("fork")), size, roots[size], proof)));
    }
  }
});

test("paths are those of the specification", () => {
  assert.equal(tilePath(0, 0), "tile/0/000");
  assert.equal(tilePath(0, 1234067), "tile/0/x001/x234/067");
  assert.equal(tilePath(1, 1000, 17), "tile/1/x001/000.p/17");
  assert.equal(tilePath("entries", 273, 112), "tile/entries/273.p/112");
  assert.equal(tilePath(0, 999), "tile/0/999");
});

// One sequence of entries, of which each log below has the first ones, and what was hashed of it.
const entries = Array.from({ length: 70_000 }, (_, i) => leaf(Buffer.from(`entry ${i}`)));
const hashed = new Map();

/** MTH over entries from `start` to `end`, once more by the definition. */
function rangeHash(start, end) {
  if (end - start === 1) return entries[start];
  const name = `${start}-${end}`;
  if (!hashed.has(name)) {
    let k = 1;
    while (k * 2 < end - start) k *= 2;
    hashed.set(name, sha256(Buffer.of(1), rangeHash(start, start + k), rangeHash(start + k, end)));
  }
  return hashed.get(name);
}

/** The files of a log of `size` entries by the words of C2SP tlog-tiles. */
function filesOf(size) {
  const files = new Map();
  for (let level = 0, span = 1; size >= span; level += 1, span *= 256) {
    const row = Array.from({ length: Math.floor(size / span) }, (_, i) => rangeHash(i * span, (i + 1) * span));
    for (let n = 0; n * 256 < row.length; n += 1) {
      const tile = row.slice(n * 256, n * 256 + 256);
      const width = tile.length < 256 ? `.p/${tile.length}` : "";
      files.set(`tile/${level}/${String(n).padStart(3, "0")}${width}`, Buffer.concat(tile));
    }
  }
  return files;
}

for (const size of [1, 255, 256, 257, 65_537, 70_000]) {
  test(`a log of ${size} entries is read from its tiles`, async () => {
    const files = filesOf(size);
    const read = async (path) => files.get(path) ?? assert.fail(`no file ${path}`);
    const { hashAt } = new Tiles(size, read);
    const root = rangeHash(0, size);
    assert.equal(toHex(await merkle.rootOf(size, hashAt)), root.toString("hex"));
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const proof = await merkle.inclusionProof(index, size, hashAt);
      assert.ok(await merkle.included(index, size, entries[index], proof, root));
    }
    for (const old of [1, 255, 256, 257, 65_536, 69_999].filter((each) => each < size)) {
      const proof = await merkle.consistencyProof(old, size, hashAt);
      assert.ok(await merkle.consistent(old, rangeHash(0, old), size, root, proof), `from ${old}`);
    }
  });
}

test("what is cut or too long is refused", async () => {
  const bundle = Buffer.from([0, 1, 65, 0, 2, 66, 67]);
  const reading = (bytes_) => new Tiles(2, async () => bytes_).bundle(0);
  assert.deepEqual((await reading(bundle)).map(String), ["A", "BC"]);
  for (const wrong of [bundle.subarray(0, 6), bundle.subarray(0, 4), bundle.subarray(0, 3), Buffer.concat([bundle, bundle])]) {
    await assert.rejects(reading(wrong));
  }
  await assert.rejects(new Tiles(2, async () => Buffer.alloc(63)).hashAt(0, 1));
});

test("a file that could not be read is tried again", async () => {
  let calls = 0;
  const tiles = new Tiles(1, async () => {
    calls += 1;
    if (calls === 1) throw new Error("offline");
    return Buffer.alloc(32, 7);
  });
  await assert.rejects(tiles.hashAt(0, 0), /offline/);
  assert.equal(toHex(await tiles.hashAt(0, 0)), "07".repeat(32));
  await tiles.hashAt(0, 0);
  assert.equal(calls, 2);
});
