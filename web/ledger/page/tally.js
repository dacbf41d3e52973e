// From the totals of accounts to what the charts show.

import { POOLS } from "../log/audit.js";
import { FUND_NAMES, accountName } from "./words.js";

const FUNDS_IN_ORDER = [...FUND_NAMES, ...Object.keys(POOLS)];

/** In which use of money each part of a fund is shown. What a fund got is none. */
const USE_OF = { disbursed: "disbursed", fees: "fees", refunds: "returned", disputes: "returned" };
const NOTHING = { disbursed: 0n, fees: 0n, returned: 0n, held: 0n };

/**
 * Returns the figures for a fund ("" for all) and a period ("" for all time).
 *
 * @param balances totals by account, of all time.
 * @param months the same of each month (YYYY-MM).
 */
export function figuresOf({ balances, months }, { fund, period }) {
  const during = [...months].filter(([month]) => within(month, period)).sort();
  const accounts = period === "" ? [...balances] : during.flatMap(([, totals]) => [...totals]);
  const funds = fundsOf(accounts, fund);
  const places = fund || period ? [] : accounts.filter(([account, amount]) => !account.startsWith("funds:") && amount !== 0n);
  return {
    funds,
    flows: grouped(funds),
    months: during.map(([month, totals]) => ({ month, ...total(fundsOf([...totals], fund)) })),
    places: places.sort().map(([account, amount]) => ({ label: accountName(account), amount })),
  };
}

function within(month, period) {
  const quarter = Math.ceil(Number(month.slice(5)) / 3);
  return month.startsWith(period) || period === `${month.slice(0, 4)}-Q${quarter}`;
}

/** Returns what each fund got (`given`), and what became of it (`uses`). */
function fundsOf(accounts, wanted) {
  const funds = new Map();
  for (const [account, amount] of accounts) {
    const [root, fund, part] = account.split(":");
    if (root !== "funds" || (wanted && fund !== wanted)) continue;
    if (!funds.has(fund)) funds.set(fund, { fund, given: 0n, uses: { ...NOTHING } });
    const figures = funds.get(fund);
    figures.uses.held -= amount;
    if (USE_OF[part]) figures.uses[USE_OF[part]] += amount;
    else figures.given -= amount;
  }
  return [...funds.values()].sort((a, b) => FUNDS_IN_ORDER.indexOf(a.fund) - FUNDS_IN_ORDER.indexOf(b.fund));
}

/** Puts funds that were paid from together into one, since nobody is told how much each paid. */
function grouped(figures) {
  const together = figures.filter(({ fund, uses }) => POOLS[fund] && uses.disbursed !== 0n);
  const hidden = new Set([...Object.keys(POOLS), ...together.flatMap(({ fund }) => POOLS[fund])]);
  const pools = together.map(({ fund }) => ({
    fund,
    ...total(figures.filter((each) => each.fund === fund || POOLS[fund].includes(each.fund))),
  }));
  return [...figures.filter(({ fund }) => !hidden.has(fund)), ...pools];
}

function total(figures) {
  const uses = { ...NOTHING };
  for (const each of figures) for (const name of Object.keys(uses)) uses[name] += each.uses[name];
  return { given: figures.reduce((sum, each) => sum + each.given, 0n), uses };
}
