// A replay of a whole log: its root, its sums, and that no fund falls below zero.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fundBalances, replay } from "../../web/ledger/log/audit.js";
import { Log } from "../../web/ledger/log/log.js";

const gift = (fund, cents, day = "2027-01-31") => ({ day, postings: [["assets:stripe:clearing", `${cents}`], [`funds:${fund}:donations`, `-${cents}`]] });
const paid = (fund, cents, period = "2027-Q1") => ({ period, postings: [["assets:bank", `-${cents}`], [`funds:${fund}:disbursed`, `${cents}`]] });

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

function mth(hashes) {
  if (hashes.length <= 1) return hashes[0] ?? sha256();
  const k = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return sha256(Buffer.of(1), mth(hashes.slice(0, k)), mth(hashes.slice(k)));
}

/** A log of entries, of which `served` are given out (by default all of them). */
function logOf(entries, served = entries) {
  const bytes = entries.map((entry) => Buffer.from(JSON.stringify(entry)));
  const given = served.map((entry) => Buffer.from(typeof entry === "string" ? entry : JSON.stringify(entry)));
  const root = mth(bytes.map((entry) => sha256(Buffer.of(0), entry)));
  const read = async (path) => {
    const number = Number(/^tile\/entries\/(\d{3})/.exec(path)[1]);
    const length = (entry) => Buffer.of(entry.length >> 8, entry.length & 255);
    return Buffer.concat(given.slice(number * 256, number * 256 + 256).flatMap((entry) => [length(entry), entry]));
  };
  return new Log({ size: entries.length, root }, read);
}

for (const size of [0, 1, 2, 3, 7, 256, 257, 600]) {
  test(`${size} entries are added up under the signed root`, async () => {
    const steps = [];
    const { balances, problems } = await replay(logOf(Array.from({ length: size }, () => gift("FOOD", 100))), (read) => steps.push(read));
    assert.deepEqual(problems, []);
    assert.equal(fundBalances(balances).get("FOOD") ?? 0n, BigInt(size) * 100n);
    assert.equal(steps.at(-1) ?? 0, size);
  });
}

test("an entry that is not the signed one is found", async () => {
  const signed = [gift("FOOD", 100), gift("FOOD", 200), gift("FOOD", 300)];
  const { problems } = await replay(logOf(signed, [signed[0], gift("FOOD", 201), signed[2]]), () => {});
  assert.deepEqual(problems.map(({ index }) => index), [null]);
});

test("signed entries that are wrong are named", async () => {
  const unbalanced = { day: "2027-01-31", postings: [["assets:bank", "5"], ["funds:FOOD:donations", "-4"]] };
  const { problems } = await replay(logOf([gift("FOOD", 100), unbalanced, { day: "2027-01-31", postings: 5 }, { postings: [] }, paid("FOOD", 105), gift("FOOD", 10)]), () => {});
  assert.deepEqual(problems, [
    { index: 1, problem: "It does not add up to zero." },
    { index: 2, problem: "It cannot be read." },
    { index: 3, problem: "It cannot be read." },
    { index: 4, problem: "A fund falls below zero." },
  ]);
});

test("funds that are paid from together stay above zero together", async () => {
  const entries = [gift("FOOD", 100), gift("MEDICAL", 50), paid("ESSENTIALS", 150), paid("ESSENTIALS", 1)];
  const { problems } = await replay(logOf(entries), () => {});
  assert.deepEqual(problems.map(({ index }) => index), [3]);
});

test("months are added up apart, and a quarter with its last month", async () => {
  const { months } = await replay(logOf([gift("FOOD", 100), gift("FOOD", 50, "2027-03-01"), paid("FOOD", 20)]), () => {});
  const food = [...months].map(([month, totals]) => [month, totals.get("funds:FOOD:donations"), totals.get("funds:FOOD:disbursed")]);
  assert.deepEqual(food, [["2027-01", -100n, undefined], ["2027-03", -50n, 20n]]);
});

test("a replay can be stopped", async () => {
  const stop = new AbortController();
  stop.abort();
  await assert.rejects(replay(logOf([gift("FOOD", 100)]), () => {}, stop.signal), { name: "AbortError" });
});
