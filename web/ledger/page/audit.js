// The replay of the whole ledger: at once where it is short, else when asked for.

import { replay } from "../log/audit.js";
import { table } from "./charts.js";
import { find, h, show } from "./dom.js";
import { accountName, count, money, plural } from "./words.js";

const AT_ONCE = 10_000; // entries: three megabytes or so
const SHOWN_PROBLEMS = 10;

/**
 * Reads all entries and shows what was found, now or when the button is pressed.
 *
 * @param checking promises the state of the log.
 * @param done is called with what `replay` found, each time.
 * @returns a promise of the first replay, or of null where it waits for the reader.
 */
export function auditing(checking, done) {
  const button = find("audit");
  const result = find("audit-result");
  const run = async () => {
    const { log } = await checking;
    const { size } = log.checkpoint;
    const bar = h("progress", { max: size, value: 0, "aria-label": "Entries read" });
    button.disabled = true;
    show(result, h("p", {}, `Reading ${plural(size, "entry", "entries")} …`), bar);
    try {
      const found = await replay(log, (read) => {
        bar.value = read;
      });
      showResult(result, size, found);
      done(found);
      return found;
    } catch (error) {
      show(result, h("p", { class: "notice" }, `Not everything could be read. ${error.message}`));
      throw error;
    } finally {
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => run().catch(() => {}));
  return checking.then(({ log }) => {
    if (log === null) return { balances: new Map(), months: new Map(), problems: [] };
    button.disabled = false;
    return log.checkpoint.size <= AT_ONCE ? run() : null;
  });
}

function showResult(result, size, { balances, problems }) {
  const line = (outcome, sign, words) => h("li", {}, h("span", { class: `sign ${outcome}`, "aria-hidden": "true" }, sign), h("span", {}, words));
  if (problems.length > 0) {
    const shown = problems.slice(0, SHOWN_PROBLEMS).map(({ index, problem }) => line("wrong", "✗", index === null ? problem : `Entry #${index}: ${problem}`));
    show(result, h("p", {}, h("strong", {}, plural(problems.length, "problem was found.", "problems were found."))), h("ul", { class: "checks" }, ...shown));
    return;
  }
  const rows = [...balances].filter(([, balance]) => balance !== 0n).sort();
  show(
    result,
    h(
      "ul",
      { class: "checks" },
      line("ok", "✓", `All ${count(size)} entries are those that were signed.`),
      line("ok", "✓", "Each adds up to zero, so no cent came from nowhere or went nowhere."),
      line("ok", "✓", "No fund ever fell below zero."),
    ),
    h(
      "details",
      { class: "behind" },
      h("summary", {}, "Every account, as your browser added it up"),
      table("What each account holds; gifts count as plus, what was spent as minus", ["Account", "Balance"],
        rows.map(([account, balance]) => [accountName(account), money(account.startsWith("funds:") ? -balance : balance)])),
    ),
  );
}
