// The ledger as files, and the program that checks it without this page.

import { find, h, show } from "./dom.js";

const FORMATS = [
  ["csv", "Spreadsheet (CSV)"],
  ["jsonl", "JSON Lines"],
  ["hledger", "hledger journal"],
  ["360giving", "360Giving"],
];

/** Offers what is shown as files. `asked` has `fund`, `kind` and `period`. */
export function showDownloads({ fund, kind, period }) {
  const filter = Object.entries({ category: fund, kind, period }).filter(([, value]) => value !== "");
  const link = ([format, label]) => {
    const query = new URLSearchParams([["format", format], ...filter]);
    return h("li", {}, h("a", { class: "button", href: `/api/ledger_export?${query}`, download: true }, label));
  };
  show(
    find("downloads"),
    h("h3", {}, filter.length > 0 ? "Download what is shown" : "Download the whole ledger"),
    h("ul", { class: "downloads" }, ...FORMATS.map(link)),
  );
}

/** Says how to check the log with a program of one's own. */
export function showVerifier({ info }) {
  show(
    find("verifier"),
    h("h3", {}, "Trust neither this page nor this browser"),
    h("p", {}, "One short program checks the same on any computer. It needs Python, and nothing of ours: ",
      h("a", { href: "/ledger/verify_ledger.py", download: true }, "verify_ledger.py"), "."),
    h("pre", { tabindex: "0", "aria-label": "How to run it" }, h("code", {}, `pip install cryptography\npython verify_ledger.py ${info.url} ${info.keys.join(" ")} --state seen.json`)),
  );
}
