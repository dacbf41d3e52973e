// The page: what is asked for is in its address, so that it can be shared and gone back to.

import { ask } from "./api.js";
import { auditing } from "./audit.js";
import { find, h, show } from "./dom.js";
import { showDownloads, showVerifier } from "./downloads.js";
import { entriesTable, sameEntry } from "./entries.js";
import { showFigures, showNoFigures } from "./figures.js";
import { receiptForm } from "./receipt.js";
import { checkLog, showState, showStateError } from "./state.js";
import { toldSums } from "./statistics.js";
import { figuresOf } from "./tally.js";
import { FUND_NAMES, KIND_NAMES, fundName, kindName, periodName, plural } from "./words.js";

const PAGE = 20;

const checking = checkLog(); // promises the state of the log
let adding = auditing(checking, (found) => {
  adding = Promise.resolve(found);
  if (found.problems.length > 0) alarm("The entries are not right", found.problems[0].problem);
  renderFigures();
});
adding.catch(() => {}); // is told where it is shown
let asked = new AbortController();

/** Returns what the address asks for; what it cannot ask for is left out. */
function wanted() {
  const given = new URLSearchParams(window.location.search);
  const [fund, period, kind, before] = ["fund", "period", "kind", "before"].map((name) => given.get(name) ?? "");
  return {
    fund: FUND_NAMES.includes(fund) ? fund : "",
    period: /^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$/.test(period) ? period : "",
    kind: KIND_NAMES.includes(kind) ? kind : "",
    before: /^\d{1,15}$/.test(before) ? before : "",
  };
}

function go(changes) {
  const next = Object.entries({ ...wanted(), ...changes }).filter(([, value]) => value !== "");
  const query = new URLSearchParams(next).toString();
  window.history.pushState(null, "", query ? `?${query}` : window.location.pathname);
  render();
}

function render() {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const { fund, period, kind } = wanted();
  find("fund").value = fund;
  find("kind").value = kind;
  if (period && ![...find("period").options].some((option) => option.value === period)) {
    find("period").append(h("option", { value: period }, periodName(period)));
  }
  find("period").value = period;
  find("clear").disabled = !fund && !period && !kind;
  showDownloads({ fund, period, kind });
  renderFigures();
  renderEntries(signal);
}

async function renderFigures() {
  const request = wanted();
  try {
    const found = await adding;
    if (found === null) {
      const told = await toldSums();
      offerPeriods([...told.months.keys()], request.period);
      showFigures(figuresOf(told, request), request, "SecondWind added these figures up, since the ledger is long. “Check every entry”, below, has your browser do it.");
    } else if (found.problems.length > 0) {
      showNoFigures("There are no figures, since the entries are not as they should be: see “Check all of it yourself”, below.");
    } else {
      offerPeriods([...found.months.keys()], request.period);
      showFigures(figuresOf(found, request), request);
    }
  } catch (error) {
    showNoFigures(`The figures could not be loaded. ${error.message}`);
  }
}

async function renderEntries(signal) {
  const { fund, period, kind, before } = wanted();
  const box = find("entries");
  box.setAttribute("aria-busy", "true");
  try {
    const page = await ask("ledger_page", { category: fund, kind, period, cursor: before, limit: PAGE }, signal);
    showEntries(box, page, { fund, period, kind, before });
  } catch (error) {
    if (signal.aborted) return;
    show(box, h("p", { class: "notice" }, `The entries could not be loaded. ${error.message} `, h("button", { type: "button", onclick: render }, "Try again")));
  } finally {
    box.removeAttribute("aria-busy");
  }
}

function showEntries(box, page, { fund, period, kind, before }) {
  const what = [kind && kindName(kind), fund && fundName(fund), period && periodName(period)].filter(Boolean).join(", ");
  if (page.items.length === 0) {
    const none = before || what ? `There are no entries${what ? ` for ${what}` : ""} here.` : "There are no entries yet. The first gift will be the first one.";
    show(box, h("p", {}, none));
    find("said").textContent = none;
    return;
  }
  const { table, shown } = entriesTable(page.items);
  const [first, last] = [page.items[0].index, page.items.at(-1).index];
  find("said").textContent = `Entries ${first} to ${last} are shown${what ? ` for ${what}` : ""}.`;
  show(
    box,
    table,
    h(
      "div",
      { class: "pager" },
      before ? h("button", { type: "button", onclick: () => go({ before: "" }) }, "Newest") : null,
      before ? h("button", { type: "button", onclick: () => window.history.back() }, "Back") : null,
      page.nextCursor ? h("button", { type: "button", onclick: () => go({ before: page.nextCursor }) }, "Older entries") : null,
      h("p", {}, `The ledger has ${plural(page.size, "entry", "entries")}.`),
    ),
  );
  verify(page.items, shown);
}

/** Checks that each shown entry is in the log, with the same words. */
async function verify(items, shown) {
  let log;
  try {
    ({ log } = await checking);
  } catch {
    for (const say of shown.values()) say("unable");
    return;
  }
  await Promise.all(
    items.map(async (item) => {
      const say = shown.get(item.index);
      if (log === null || item.index >= log.checkpoint.size) return say("open");
      try {
        const entry = await log.entry(item.index);
        if (entry !== null && sameEntry(entry, item)) return say("ok");
        alarm("An entry is not what was signed", `Entry #${item.index}, as this page shows it, is not in the log.`);
        return say("wrong");
      } catch {
        return say("unable");
      }
    }),
  );
}

/** Says at the top of the page what was found to be wrong further down. */
async function alarm(title, words) {
  const state = await checking;
  if (state.checks.some((check) => check.title === title)) return;
  state.checks.push({ outcome: "wrong", title, words });
  showState(state);
}

function offerPeriods(months, chosen) {
  const years = [...new Set(months.map((month) => month.slice(0, 4)))].sort().reverse();
  const newest = [...months].sort().reverse();
  const periods = new Set([...years.flatMap((year) => [year, ...newest.filter((month) => month.startsWith(year))]), ...(chosen ? [chosen] : [])]);
  show(find("period"), h("option", { value: "" }, "All time"), ...[...periods].map((period) => h("option", { value: period }, periodName(period))));
  find("period").value = chosen;
}

show(find("fund"), h("option", { value: "" }, "All funds"), ...FUND_NAMES.map((fund) => h("option", { value: fund }, fundName(fund))));
show(find("period"), h("option", { value: "" }, "All time"));
show(find("kind"), h("option", { value: "" }, "Everything"), ...KIND_NAMES.map((kind) => h("option", { value: kind }, kindName(kind))));
for (const name of ["fund", "period", "kind"]) {
  find(name).addEventListener("change", () => go({ [name]: find(name).value, before: "" }));
}
find("filters").addEventListener("submit", (event) => event.preventDefault());
find("clear").addEventListener("click", () => go({ fund: "", period: "", kind: "", before: "" }));
window.addEventListener("popstate", render);
receiptForm(() => checking);
checking.then(showState, showStateError);
checking.then(showVerifier, () => {});
render();
