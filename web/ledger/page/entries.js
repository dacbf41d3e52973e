// The list of entries, each with what it changed, what was left, and whether it is in the log.

import { POOLS } from "../log/audit.js";
import { text } from "../log/bytes.js";
import { h } from "./dom.js";
import { accountName, fundName, kindMeaning, kindName, money, periodName, plural } from "./words.js";

const CELLS = ["Entry", "Date", "What happened", "Change and balance", "Checked"];
const VERDICTS = {
  checking: ["…", "checking"],
  ok: ["✓", "in the log"],
  wrong: ["✗", "not what was signed"],
  open: ["–", "not signed yet"],
  unable: ["?", "could not be checked"],
};

/** Returns the table of a page's entries, and of each a function that shows its verdict. */
export function entriesTable(items) {
  const shown = new Map();
  const rows = items.map((item) => {
    const cell = h("td", { role: "cell", class: "verdict", "data-label": CELLS[4] });
    const say = (verdict) => {
      const [sign, words] = VERDICTS[verdict];
      cell.replaceChildren(h("span", { class: `sign ${verdict}`, "aria-hidden": "true" }, sign), " ", words);
    };
    say("checking");
    shown.set(item.index, say);
    return row(item, cell);
  });
  const head = CELLS.map((name) => h("th", { scope: "col", role: "columnheader" }, name));
  const table = h(
    "table",
    { class: "entries", role: "table" },
    h("caption", {}, "Entries, the newest first"),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head)),
    h("tbody", { role: "rowgroup" }, ...rows),
  );
  return { table, shown };
}

function row(item, verdict) {
  return h(
    "tr",
    { role: "row", id: `entry-${item.index}` },
    h("th", { scope: "row", role: "rowheader" }, `#${item.index}`),
    h("td", { role: "cell", class: "date" }, periodName(item.day ?? item.period)),
    h("td", { role: "cell" }, h("strong", {}, kindName(item.kind)), h("span", { class: "parts" }, parts(item)), details(item)),
    h("td", { role: "cell", class: "changes" }, ...changes(item)),
    verdict,
  );
}

/** Says what was posted to the funds, all of them together: "gifts $50.00, card fees $1.75". */
function parts(item) {
  const totals = new Map();
  for (const [account, amount] of item.postings) {
    const [root, , part] = account.split(":");
    if (root === "funds") totals.set(part, (totals.get(part) ?? 0n) + BigInt(amount));
  }
  if (totals.size === 0) return item.postings.filter(([, amount]) => !amount.startsWith("-")).map(([account, amount]) => `${accountName(account)}: ${money(amount, item.currency)}`).join(", ");
  return [...totals].map(([part, amount]) => accountName(`funds:_:${part}`).slice(3) + " " + money(amount < 0n ? -amount : amount, item.currency)).join(", ");
}

/** Returns a line for each fund: by how much the entry changed it, and what was left. */
function changes(item) {
  const funds = new Map();
  for (const [account, amount] of item.postings) {
    const [root, fund] = account.split(":");
    if (root === "funds") funds.set(fund, (funds.get(fund) ?? 0n) - BigInt(amount));
  }
  const lines = Object.entries(item.balances).map(([fund, balance]) => {
    const change = funds.get(fund) ?? 0n;
    return h(
      "span",
      { class: "change" },
      h("span", { class: "fund" }, fundName(fund)),
      h("span", { class: change < 0n ? "out" : "in" }, signed(change, item.currency)),
      h("span", { class: "after" }, ...after(fund, BigInt(balance), item.currency)),
    );
  });
  return lines.length > 0 ? lines : [h("span", { class: "parts" }, "Changes no fund")];
}

/** A pool has no money of its own: what it holds is what was paid so far out of its funds together. */
const after = (fund, balance, currency) =>
  POOLS[fund] ? ["paid ", money(-balance, currency)] : [h("span", { class: "unseen" }, "balance "), money(balance, currency)];

const signed = (amount, currency) => (amount < 0n ? "−" : "+") + money(amount < 0n ? -amount : amount, currency);

function details(item) {
  const lines = item.postings.map(([account, amount]) =>
    h("li", {}, h("span", {}, accountName(account)), h("span", {}, signed(BigInt(amount), item.currency))),
  );
  return h(
    "details",
    {},
    h("summary", {}, "Details", h("span", { class: "unseen" }, ` of entry ${item.index}`)),
    h("p", {}, kindMeaning(item.kind)),
    h("ul", { class: "postings" }, ...lines),
    h("p", { class: "fine" }, "As in every double-entry journal, plus is a debit and minus a credit; together they are zero."),
    item.group ? group(item.group, item.currency) : null,
    item.commitment ? h("p", { class: "fine" }, "Sealed link to the private record: ", h("code", {}, item.commitment)) : null,
  );
}

function group({ recipients, amounts }, currency) {
  const paid = (amounts ?? []).map((amount) => money(amount, currency)).join(", ");
  return h("p", { class: "fine" }, `${plural(recipients, "person was", "people were")} helped. Payments: ${paid}.`);
}

/**
 * Returns whether an entry of the log says the same as one that the site showed.
 *
 * @param entry the bytes that are in the log.
 * @param item the entry as shown. What only pages have is left out of the comparison.
 */
export function sameEntry(entry, item) {
  const leaf = JSON.parse(text(entry));
  const { index, balances, accountBalances, ...shown } = item;
  const { v, ...signedFields } = leaf;
  const names = new Set([...Object.keys(shown), ...Object.keys(signedFields)]);
  return [...names].every((name) => canonical(shown[name] ?? null) === canonical(signedFields[name] ?? null));
}

/** Returns JSON with the fields of objects in order. */
const canonical = (value) =>
  JSON.stringify(value, (_, each) =>
    each !== null && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
