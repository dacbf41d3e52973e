// A replay of the whole ledger from its public bytes: what anybody can find out without trusting us.

import { equal, text } from "./bytes.js";
import { leafHash, nodeHash } from "./merkle.js";
import { TILE_WIDTH } from "./tiles.js";

/**
 * Funds whose payments are published together where few people were helped in each. What is paid so
 * comes out of all of them, and only together they never fall below zero.
 */
export const POOLS = { ESSENTIALS: ["FOOD", "MEDICAL", "CLOTHING"], ACCESS: ["TECH", "TRANSPORT", "IDENTITY"] };

/**
 * The roots of the largest full subtrees over the entries so far, largest first, which is all that
 * the root of a growing tree needs.
 */
class Frontier {
  #subtrees = [];

  async add(hash) {
    let subtree = { count: 1, hash };
    while (this.#subtrees.at(-1)?.count === subtree.count) {
      const left = this.#subtrees.pop();
      subtree = { count: left.count * 2, hash: await nodeHash(left.hash, subtree.hash) };
    }
    this.#subtrees.push(subtree);
  }

  async root() {
    let { hash } = this.#subtrees.at(-1);
    for (const left of this.#subtrees.slice(0, -1).reverse()) hash = await nodeHash(left.hash, hash);
    return hash;
  }
}

/**
 * Reads every entry of a log, adds them up, and holds their hashes against the signed root.
 *
 * @param progress is called with how many entries were read.
 * @param signal an AbortSignal.
 * @returns `balances` by account (minor units as BigInt); `months`, what was posted to accounts in
 *   each (YYYY-MM); and `problems`: entries that are wrong, as `index` and `problem`. A root that
 *   differs is a problem of the whole, with index null.
 */
export async function replay(log, progress, signal) {
  const { size, root } = log.checkpoint;
  const frontier = new Frontier();
  const balances = new Map();
  const months = new Map();
  const problems = [];
  for (let first = 0; first < size; first += TILE_WIDTH) {
    signal?.throwIfAborted();
    const entries = await log.tiles.bundle(first / TILE_WIDTH);
    const hashes = await Promise.all(entries.map(leafHash));
    for (const [offset, entry] of entries.entries()) {
      await frontier.add(hashes[offset]);
      const problem = post(balances, months, entry);
      if (problem) problems.push({ index: first + offset, problem });
    }
    progress(Math.min(first + TILE_WIDTH, size));
  }
  if (size > 0 && !equal(await frontier.root(), root)) {
    problems.unshift({ index: null, problem: "The entries are not those that were signed." });
  }
  return { balances, months, problems };
}

/** Adds an entry to the balances and to its month, and returns what is wrong with it, or null. */
function post(balances, months, entry) {
  let month;
  let postings;
  try {
    const leaf = JSON.parse(text(entry));
    month = monthOf(leaf.day ?? leaf.period);
    postings = leaf.postings.map(([account, amount]) => [account, BigInt(amount)]);
  } catch {
    return "It cannot be read.";
  }
  if (!months.has(month)) months.set(month, new Map());
  let sum = 0n;
  for (const [account, amount] of postings) {
    sum += amount;
    for (const totals of [balances, months.get(month)]) totals.set(account, (totals.get(account) ?? 0n) + amount);
  }
  if (sum !== 0n) return "It does not add up to zero.";
  const funds = fundBalances(balances);
  for (const [pool, members] of Object.entries(POOLS)) {
    const together = members.reduce((total, fund) => total + (funds.get(fund) ?? 0n), funds.get(pool) ?? 0n);
    funds.set(pool, together);
  }
  return [...funds.values()].some((balance) => balance < 0n) ? "A fund falls below zero." : null;
}

/** Returns the month of a day, a month or a quarter; of a quarter, its last one. */
export function monthOf(when) {
  const [, year, month] = /^(\d{4})-(\d{2}|Q[1-4])(?:-\d{2})?$/.exec(when);
  return `${year}-${month.startsWith("Q") ? String(month[1] * 3).padStart(2, "0") : month}`;
}

/** Returns what is left in each fund: positive where it has money. */
export function fundBalances(balances) {
  const funds = new Map();
  for (const [account, amount] of balances) {
    const [root, fund] = account.split(":");
    if (root === "funds") funds.set(fund, (funds.get(fund) ?? 0n) - amount);
  }
  return funds;
}
