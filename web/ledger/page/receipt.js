// A donor's receipt, checked in this browser. The file leaves it only as a request for the entry.

import { text } from "../log/bytes.js";
import { judgeCheckpoint } from "../log/log.js";
import { included, leafHash } from "../log/merkle.js";
import { commitment, parseOpening, parseProof, readRecord } from "../log/receipts.js";
import { find, h, show } from "./dom.js";
import { kindName, money, periodName } from "./words.js";

const MAX_BYTES = 200_000;

/**
 * Checks a proof against a log.
 *
 * @param proof the text of a `.tlog-proof`.
 * @param entry the bytes of its entry, or null to read them from the log.
 * @param state what `checkLog` found.
 * @returns lines to show, each with an `outcome`; the first one that is wrong is the last.
 */
export async function checkReceipt(proof, entry, { info, log, memory }) {
  const lines = [];
  const say = (holds, good, bad) => {
    lines.push({ outcome: holds ? "ok" : "wrong", words: holds ? good : bad });
    return holds;
  };
  let parts;
  try {
    parts = parseProof(proof);
  } catch (error) {
    say(false, "", `This is not a proof. ${error.message}`);
    return { lines };
  }
  const trusted = memory.recall()?.keys ?? [];
  let judged;
  try {
    judged = await judgeCheckpoint(parts.note, info.origin, info.keys, trusted);
  } catch (error) {
    say(false, "", error.message);
    return { lines };
  }
  const signed = judged.signature === "ok" && judged.key !== "wrong";
  if (!say(signed, "Its checkpoint is signed with the ledger's key.", "Its checkpoint is not signed with the ledger's key.")) return { lines };
  const leaf = entry ?? (await log?.tiles.entry(parts.index));
  if (!leaf) {
    lines.push({ outcome: "unable", words: "The entry is not published yet, so there is nothing to compare with." });
    return { lines };
  }
  const { size, root } = judged.checkpoint;
  const inside = await included(parts.index, size, await leafHash(leaf), parts.hashes, root);
  if (!say(inside, `Entry #${parts.index} is in the ledger.`, "The entry is not in the ledger that was signed.")) return { lines };
  const shown = JSON.parse(text(leaf));
  if (parts.extra === null) return { lines, shown };
  const opening = parseOpening(parts.extra);
  const opens = (await commitment(opening)) === shown.commitment;
  if (!say(opens, "The private record in your file is the one this entry was made for.", "The private record in your file is not the one this entry was made for.")) return { lines };
  if (log && size <= log.checkpoint.size) {
    const part = await log.continues(judged.checkpoint);
    if (!say(part, "The ledger of today still has it.", "The ledger of today is another one: it does not continue the one your receipt is from.")) return { lines };
  }
  return { lines, shown, record: readRecord(opening.record) };
}

/** Lets the reader open or paste a proof. `state` promises what `checkLog` found. */
export function receiptForm(state) {
  const [form, pasted, files, result] = ["receipt-form", "receipt-text", "receipt-file", "receipt-result"].map(find);
  const run = async (proof, entry) => {
    show(result, h("p", {}, "Checking …"));
    try {
      showReceipt(result, await checkReceipt(proof, entry, await state()));
    } catch (error) {
      show(result, line({ outcome: "unable", words: `It could not be checked. ${error.message}` }));
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(pasted.value.replaceAll("\r\n", "\n"), null);
  });
  files.addEventListener("change", async () => {
    const chosen = [...files.files];
    const proof = chosen.find((file) => !file.name.endsWith(".json"));
    const entry = chosen.find((file) => file.name.endsWith(".json"));
    if (!proof || chosen.some((file) => file.size > MAX_BYTES)) {
      show(result, line({ outcome: "wrong", words: "Choose the file whose name ends with .tlog-proof." }));
      return;
    }
    pasted.value = await proof.text();
    await run(pasted.value, entry ? new Uint8Array(await entry.arrayBuffer()) : null);
  });
}

function showReceipt(result, { lines, shown, record }) {
  show(
    result,
    h("ul", { class: "checks" }, ...lines.map(line)),
    shown && lines.every(({ outcome }) => outcome === "ok")
      ? h("p", {}, `Entry: ${kindName(shown.kind)}, ${periodName(shown.day ?? shown.period)}.`, record?.grossCents ? ` Your gift: ${money(record.grossCents, record.currency)}.` : "")
      : null,
  );
}

const line = ({ outcome, words }) =>
  h("li", {}, h("span", { class: `sign ${outcome}`, "aria-hidden": "true" }, outcome === "ok" ? "✓" : outcome === "wrong" ? "✗" : "?"), h("span", {}, words));
