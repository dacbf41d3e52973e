// The server's own sums, for a ledger that is too long to be added up at once.

import { monthOf } from "../log/audit.js";
import { ask } from "./api.js";

/** By figure of `ledger_statistics`: the part of a fund that it is of, and the sign of its postings. */
const PARTS = {
  grossCents: ["donations", -1n],
  feeCents: ["fees", 1n],
  refundedCents: ["refunds", 1n],
  disputedCents: ["disputes", 1n],
  coveredCents: ["covers", -1n],
  transferredCents: ["transfers", -1n],
  disbursedCents: ["disbursed", 1n],
};

/** Returns `balances` and `months` of the funds' accounts as `replay` does, unchecked. */
export async function toldSums(signal) {
  const { periods: years } = await ask("ledger_statistics", {}, signal);
  const answers = await Promise.all(years.map(({ period }) => ask("ledger_statistics", { year: period }, signal)));
  const balances = new Map();
  const months = new Map();
  for (const { period, funds } of answers.flatMap(({ periods }) => periods)) {
    const month = monthOf(period);
    if (!months.has(month)) months.set(month, new Map());
    for (const figures of funds) {
      for (const [name, [part, sign]] of Object.entries(PARTS)) {
        const account = `funds:${figures.fund}:${part}`;
        for (const totals of [balances, months.get(month)]) {
          totals.set(account, (totals.get(account) ?? 0n) + sign * BigInt(figures[name]));
        }
      }
    }
  }
  return { balances, months };
}
