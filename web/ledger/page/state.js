// The state of the log, checked in this browser.

import { parseNote } from "../log/notes.js";
import { Log, Memory, judgeCheckpoint, judgeHistory, judgeWitnesses } from "../log/log.js";
import { text } from "../log/bytes.js";
import { ask, reader } from "./api.js";
import { find, h, show } from "./dom.js";
import { ago, count, plural } from "./words.js";

const LATE_HOURS = 24;
const AGAIN_MS = 2500; // longer than a cache may keep a checkpoint
const SIGNS = { ok: "✓", wrong: "✗", open: "–", unable: "?" };

/**
 * Reads the log's checkpoint and checks it.
 *
 * @returns `info` (what `ledger_log` says), `log` (null before the first checkpoint), `memory`,
 *   and `checks`.
 */
export async function checkLog() {
  const info = await ask("ledger_log", {});
  const memory = new Memory(storage(), info.origin);
  const seen = memory.recall();
  if (info.publishedSize === 0 && seen === null) return { info, log: null, memory, checks: [] };
  const read = reader(info.url);
  let found = await readLog(info, read, seen);
  if (found.history.finding === "rollback") {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS)); // a cache may have been behind
    found = await readLog(info, read, seen);
  }
  const { log, judged, history, witnesses } = found;
  const checks = [
    signatureCheck(judged, seen),
    historyCheck(history, seen, log.checkpoint, memory),
    ...witnesses.map(witnessCheck),
    publishedCheck(info, log.checkpoint),
  ];
  const sound = judged.signature === "ok" && judged.key !== "wrong" && history.outcome !== "wrong" && history.outcome !== "unable";
  if (sound) memory.keep(log.checkpoint, info.keys, new Date().toISOString());
  return { info, log, memory, checks };
}

async function readLog(info, read, seen) {
  const note = parseNote(text(await read("checkpoint", { cache: "no-store" })));
  const judged = await judgeCheckpoint(note, info.origin, info.keys, seen?.keys ?? []);
  const log = new Log(judged.checkpoint, read);
  const [history, witnesses] = await Promise.all([judgeHistory(log, seen), judgeWitnesses(note, info.witnesses)]);
  return { log, judged, history, witnesses };
}

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null; // forbidden for this site
  }
}

function signatureCheck({ signature, key }, seen) {
  if (signature === "wrong") {
    return { outcome: "wrong", title: "The signature is not valid", words: "What the server shows was not signed with the ledger's key." };
  }
  if (key === "wrong") {
    return {
      outcome: "wrong",
      title: "The ledger is signed with a key that this browser does not know",
      words: "When keys change, the old one signs together with the new one for a while. This did not happen since your last visit.",
    };
  }
  const words = seen === null ? "The key is kept in this browser and must be the same on your next visit." : "It is the key that this browser knows.";
  return { outcome: "ok", title: "Signed with the ledger's key", words };
}

function historyCheck({ finding }, seen, { size }, memory) {
  const before = seen && `${plural(seen.size, "entry", "entries")} that this browser saw on ${day(seen.at)}`;
  switch (finding) {
    case "first":
      return {
        outcome: "open",
        title: "First visit with this browser",
        words: memory.works ? "It now remembers this state. On your next visit it checks that nothing was removed or changed." : "It may not remember anything for this site, so it cannot compare.",
      };
    case "same":
      return { outcome: "ok", title: "Nothing was removed or changed", words: `The ledger is as this browser saw it on ${day(seen.at)}.` };
    case "grown":
      return { outcome: "ok", title: "Nothing was removed or changed", words: `The ledger begins with the ${before}; ${plural(size - seen.size, "entry", "entries")} joined since.` };
    case "rollback":
      return { outcome: "wrong", title: "Entries are missing", words: `The ledger has ${plural(size, "entry", "entries")}, less than the ${before}.` };
    case "fork":
      return { outcome: "wrong", title: "The ledger was rewritten", words: `It no longer begins with the ${before}.` };
    default:
      return { outcome: "unable", title: "Could not be compared with your last visit", words: "Files of the log did not arrive. Try again later." };
  }
}

function witnessCheck({ name, outcome, time }) {
  const titles = { ok: `Witnessed by ${name}`, open: `Not yet witnessed by ${name}`, wrong: `The signature of the witness ${name} is not valid` };
  const words = outcome === "ok" ? `It saw this state ${ago(new Date(time * 1000))}, and that nothing had been removed before.` : outcome === "open" ? "Witnesses are outside SecondWind. The ledger goes on when one cannot be reached." : "";
  return { outcome, title: titles[outcome], words };
}

function publishedCheck(info, { size }) {
  const waiting = Math.max(0, info.size - size);
  const words = `${plural(size, "entry", "entries")} signed${info.publishedAt ? ` ${ago(new Date(info.publishedAt))}` : ""}. `;
  const late = waiting > 0 && info.publishedAt && new Date() - new Date(info.publishedAt) > LATE_HOURS * 3_600_000;
  if (late) return { outcome: "unable", title: "Publication is late", words: `${words}${plural(waiting, "entry waits", "entries wait")} to be signed.` };
  return { outcome: "ok", title: "Up to date", words: waiting > 0 ? `${words}${plural(waiting, "entry", "entries")} will follow shortly.` : `${words}None waits.` };
}

const day = (at) => new Intl.DateTimeFormat("en-US", { dateStyle: "medium" }).format(new Date(at));

/** Shows what `checkLog` found. */
export function showState({ info, log, memory, checks }) {
  const wrong = checks.some(({ outcome }) => outcome === "wrong");
  const box = find("state");
  box.className = wrong ? "card state wrong" : log ? "card state ok" : "card state";
  if (log === null) {
    show(box, headline("–", "Nothing is published yet", "The first entry will appear here, signed, as soon as money moves."));
    return;
  }
  const { size, root } = log.checkpoint;
  show(
    box,
    wrong
      ? headline("✗", "Do not trust this ledger as it is shown now", "Something does not hold. Keep this page, and ask SecondWind and others who watch the ledger.")
      : headline("✓", "Checked in your browser", `${plural(size, "entry", "entries")}, signed and complete so far as this browser can tell.`),
    h("ul", { class: "checks" }, ...checks.map(({ outcome, title, words }) =>
      h("li", {}, h("span", { class: `sign ${outcome}`, "aria-hidden": "true" }, SIGNS[outcome]), h("span", {}, h("strong", {}, title), " ", words)))),
    h("details", {}, h("summary", {}, "Technical details"),
      facts({ "Name of the log": info.origin, "Where it lies": info.url, "Signed size": count(size), "Size of the ledger": count(info.size),
        "Root hash": Array.from(root, (byte) => byte.toString(16).padStart(2, "0")).join(""), "Public key": info.keys.join(" ") }),
      wrong ? h("p", {}, "If SecondWind has explained what happened and you believe it: ",
        h("button", { type: "button", onclick: () => { memory.forget(); window.location.reload(); } }, "Forget what this browser saw")) : null),
  );
}

/** Shows that the log could not be read. */
export function showStateError(error) {
  find("state").className = "card state unable";
  show(
    find("state"),
    headline("?", "The log could not be checked", `${error.message} What is shown below was not verified.`),
    h("button", { type: "button", onclick: () => window.location.reload() }, "Try again"),
  );
}

const headline = (sign, title, words) =>
  h("div", { class: "headline" }, h("span", { class: "seal", "aria-hidden": "true" }, sign), h("div", {}, h("h2", {}, title), h("p", {}, words)));

const facts = (pairs) => h("dl", { class: "facts" }, ...Object.entries(pairs).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("code", {}, value))]));
