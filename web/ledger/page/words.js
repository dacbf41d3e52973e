// Names and amounts as people read them.

const FUNDS = {
  HOUSING: "Housing",
  TRANSPORT: "Transport",
  TECH: "Phones and computers",
  FOOD: "Food",
  MEDICAL: "Medical",
  CLOTHING: "Clothing",
  IDENTITY: "Identity papers",
  FLEX: "Wherever it is needed",
  OPERATIONS: "Running SecondWind",
  ESSENTIALS: "Food, medical and clothing together",
  ACCESS: "Transport, phones and papers together",
};
export const FUND_NAMES = Object.keys(FUNDS).slice(0, 9);

const KINDS = {
  DONATION: ["Gift", "A gift came in. The card company kept its fee."],
  REFUND: ["Refund", "A gift, or a part of it, went back to its donor."],
  REVERSAL: ["Reversal", "A refund or a payout failed, and its entry is taken back."],
  DISPUTE_OPEN: ["Dispute opened", "A donor's bank took a gift back until a dispute is decided."],
  DISPUTE_WON: ["Dispute won", "The bank gave a disputed gift back to us."],
  DISPUTE_LOST: ["Dispute lost", "The bank gave a disputed gift back to its donor."],
  PAYOUT: ["To our bank", "Money went from the card processor to our bank account."],
  COVER: ["Cover", "A fund was filled up from unrestricted money, so that it never falls below zero."],
  DISBURSEMENT: ["Help paid", "Help for at least eleven people, paid in one month or quarter."],
  TRANSFER: ["Transfer", "Money moved from one fund to another."],
};

const ACCOUNTS = {
  "assets:stripe:clearing": "At the card processor",
  "assets:stripe:disputed": "Held back in disputes",
  "assets:bank": "In our bank account",
  "liabilities:shortfall": "Shortfall",
};
const PARTS = {
  donations: "gifts",
  fees: "card fees",
  refunds: "refunds",
  disputes: "lost disputes",
  covers: "covers",
  disbursed: "help paid",
  transfers: "transfers",
};

export const fundName = (fund) => FUNDS[fund] ?? fund;
export const KIND_NAMES = Object.keys(KINDS);
export const kindName = (kind) => KINDS[kind]?.[0] ?? kind;
export const kindMeaning = (kind) => KINDS[kind]?.[1] ?? "";

export function accountName(account) {
  if (ACCOUNTS[account]) return ACCOUNTS[account];
  const [root, fund, part] = account.split(":");
  return root === "funds" && part ? `${fundName(fund)}: ${PARTS[part] ?? part}` : account;
}

/** Returns an amount in minor units (text, number or BigInt) as money, exactly at any size. */
export function money(minor, currency = "USD", options = {}) {
  const amount = BigInt(minor);
  const digits = String(amount < 0n ? -amount : amount).padStart(3, "0");
  const decimal = `${amount < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return new Intl.NumberFormat("en-US", { style: "currency", currency: currency.toUpperCase(), ...options }).format(decimal);
}

/** Returns an amount for the axis of a chart: "$1.2K". */
export const shortMoney = (minor, currency = "USD") =>
  money(minor, currency, { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 });

export const count = (number) => new Intl.NumberFormat("en-US").format(number);

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

const MONTHS = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" });
const SHORT_MONTHS = new Intl.DateTimeFormat("en-US", { month: "short", year: "2-digit", timeZone: "UTC" });
const DAYS = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });

/** Returns a day, month, quarter or year (2027-01-31, 2027-01, 2027-Q1, 2027) as people write it. */
export function periodName(period) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(period)) return DAYS.format(new Date(`${period}T00:00Z`));
  if (/^\d{4}-\d{2}$/.test(period)) return MONTHS.format(new Date(`${period}-01T00:00Z`));
  const quarter = /^(\d{4})-Q([1-4])$/.exec(period);
  return quarter ? `Quarter ${quarter[2]} of ${quarter[1]}` : period;
}

export const shortMonth = (month) => SHORT_MONTHS.format(new Date(`${month}-01T00:00Z`));

/** Returns how long ago a moment was, in words. */
export function ago(moment, now = new Date()) {
  const seconds = Math.max(0, Math.round((now - moment) / 1000));
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of units) {
    if (seconds >= length) return `${plural(Math.floor(seconds / length), unit)} ago`;
  }
  return "less than a minute ago";
}
