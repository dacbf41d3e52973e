// Notes, checkpoints, cosignatures and receipts against vectors of others and of node's own crypto.

import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";

import { fromBase64, fromHex, toHex } from "../../web/ledger/log/bytes.js";
import { Log, Memory, judgeCheckpoint, judgeHistory, judgeWitnesses } from "../../web/ledger/log/log.js";
import { judge, parseCheckpoint, parseKey, parseNote } from "../../web/ledger/log/notes.js";
import { commitment, parseOpening, parseProof } from "../../web/ledger/log/receipts.js";

// From the documentation of Go's golang.org/x/mod/sumdb/note.
const GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

const ORIGIN = "ledger.example.org/v1";

/** A signer with its vkey, made with node's own crypto. */
function signer(name, type = 1) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const material = Buffer.concat([Buffer.of(type), publicKey.export({ format: "der", type: "spki" }).subarray(-32)]);
  const id = createHash("sha256").update(`${name}\n`).update(material).digest().subarray(0, 4);
  const line = (signature) => `— ${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
  return {
    vkey: `${name}+${id.toString("hex")}+${material.toString("base64")}`,
    line: (text) => line(sign(null, Buffer.from(text), privateKey)),
    cosign(text, time) {
      const at = Buffer.alloc(8);
      at.writeBigUInt64BE(BigInt(time));
      return line(Buffer.concat([at, sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), privateKey)]));
    },
  };
}

const root = (fill) => Buffer.alloc(32, fill);
const body = (size, fill = 1, origin = ORIGIN) => `${origin}\n${size}\n${root(fill).toString("base64")}\n`;
const noted = (text, ...lines) => parseNote(`${text}\n${lines.join("")}`);

test("a note signed by Go verifies, and not with a letter changed", async () => {
  const key = await parseKey(GO_KEY);
  assert.deepEqual(await judge(parseNote(GO_NOTE), key), { valid: true });
  assert.deepEqual(await judge(parseNote(GO_NOTE.replace("answer", "amswer")), key), { valid: false });
  assert.equal(await judge(parseNote(GO_NOTE.replaceAll("— Peter", "— Paul")), key), null);
});

test("keys with a wrong id, type or length are refused", async () => {
  const [name, id, material] = GO_KEY.split("+");
  for (const wrong of [`${name}+c74f20a4+${material}`, `Other+${id}+${material}`, `${name}+${id}`, name, "", `${name}+${id}+AQ==`, `a b+${id}+${material}`]) {
    await assert.rejects(parseKey(wrong), wrong);
  }
});

test("a key whose base64 has plus signs is read", async () => {
  let found = signer("log.example");
  while (found.vkey.split("+").length === 3) found = signer("log.example");
  assert.equal((await parseKey(found.vkey)).name, "log.example");
});

test("texts that are no notes are refused", () => {
  const good = GO_NOTE;
  for (const wrong of ["", "text\n", good.slice(0, -1), good.replace("— ", "- "), good.replace("x08go/", "x08go!"), good.replace("\n\n", "\r\n\n"), `${good}\n`, good.replace("x08", " x08"), "text\n\n"]) {
    assert.throws(() => parseNote(wrong), JSON.stringify(wrong));
  }
});

test("base64 and hexadecimal are read in one form only", () => {
  assert.deepEqual([...fromBase64("QQ==")], [65]);
  assert.deepEqual([...fromHex("00ff")], [0, 255]);
  for (const wrong of ["QR==", "QQ=", "QQ", "Q Q=", "QQ==\n", "Q-8=", "===="]) assert.throws(() => fromBase64(wrong), wrong);
  for (const wrong of ["0", "0F", "0g", " 00"]) assert.throws(() => fromHex(wrong), wrong);
});

test("texts that are no checkpoints are refused", () => {
  assert.equal(parseCheckpoint(body(3)).size, 3);
  for (const wrong of [body("03"), body("-1"), body("3.5"), body(""), body("9".repeat(20)), "a\n3\nAAAA\n", "a\n3", `\n3\n${root(1).toString("base64")}\n`]) {
    assert.throws(() => parseCheckpoint(wrong), wrong);
  }
});

test("a checkpoint is trusted by key, and a change of keys by the old one's signature", async () => {
  const [old, next, other] = [signer(ORIGIN), signer(ORIGIN), signer(ORIGIN)];
  const text = body(3);
  const judged = async (lines, keys, trusted) => {
    const { signature, key } = await judgeCheckpoint(noted(text, ...lines), ORIGIN, keys, trusted);
    return [signature, key];
  };
  assert.deepEqual(await judged([old.line(text)], [old.vkey], []), ["ok", "open"]);
  assert.deepEqual(await judged([old.line(text)], [old.vkey], [old.vkey]), ["ok", "ok"]);
  assert.deepEqual(await judged([old.line(text), next.line(text)], [old.vkey, next.vkey], [old.vkey]), ["ok", "ok"]);
  assert.deepEqual(await judged([next.line(text)], [next.vkey], [old.vkey]), ["ok", "wrong"]);
  assert.deepEqual(await judged([other.line(text)], [old.vkey], [old.vkey]), ["wrong", "wrong"]);
  const forged = old.line(body(4));
  assert.deepEqual(await judged([forged], [old.vkey], []), ["wrong", "open"]);
  assert.deepEqual(await judged([forged, next.line(text)], [old.vkey, next.vkey], [old.vkey]), ["wrong", "wrong"]);
  await assert.rejects(judgeCheckpoint(noted(text, old.line(text)), "other.example", [old.vkey], []));
});

test("witnesses are named with what they signed and when", async () => {
  const [good, absent, wrong] = ["w1.example", "w2.example", "w3.example"].map((name) => signer(name, 4));
  const text = body(3);
  const note = noted(text, good.cosign(text, 1_800_000_000), wrong.cosign(body(4), 1_800_000_000));
  const found = await judgeWitnesses(note, [good.vkey, absent.vkey, wrong.vkey]);
  assert.deepEqual(found.map(({ name, outcome }) => [name, outcome]), [["w1.example", "ok"], ["w2.example", "open"], ["w3.example", "wrong"]]);
  assert.equal(found[0].time, 1_800_000_000);
});

const logOf = (size, fill, read = () => Promise.reject(new Error("offline"))) => new Log({ size, root: root(fill) }, read);

test("a rollback, a fork, and what cannot be read are told apart", async () => {
  const seen = { size: 5, root: root(1) };
  const finding = async (log) => Object.values(await judgeHistory(log, seen)).slice(0, 2);
  assert.deepEqual(await finding(logOf(5, 1)), ["ok", "same"]);
  assert.deepEqual(await finding(logOf(5, 2)), ["wrong", "fork"]);
  assert.deepEqual(await finding(logOf(4, 1)), ["wrong", "rollback"]);
  assert.deepEqual(await finding(logOf(6, 1)), ["unable", "unread"]);
  assert.deepEqual(await finding(logOf(6, 1, async () => Buffer.alloc(6 * 32))), ["wrong", "fork"]);
  assert.deepEqual(Object.values(await judgeHistory(logOf(1, 1), null)), ["open", "first"]);
});

test("memory keeps the largest checkpoint, and nothing that is not its own", () => {
  const kept = new Map();
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
  const memory = new Memory(storage, ORIGIN);
  assert.equal(memory.recall(), null);
  memory.keep({ size: 5, root: root(1) }, ["key"], "then");
  memory.keep({ size: 4, root: root(2) }, ["key"], "later");
  assert.deepEqual([memory.recall().size, toHex(memory.recall().root), memory.recall().at], [5, "01".repeat(32), "then"]);
  kept.set(`ledger:${ORIGIN}`, "{}");
  assert.equal(memory.recall(), null);
  memory.forget();
  assert.equal(kept.size, 0);
  const none = new Memory(null, ORIGIN);
  none.keep({ size: 5, root: root(1) }, [], "then");
  assert.deepEqual([none.works, none.recall()], [false, null]);
});

test("a receipt's proof is read, and its commitment is an HMAC", async () => {
  const log = signer(ORIGIN);
  const text = body(2);
  const salt = Buffer.alloc(32, 9);
  const record = Buffer.from('{"grossCents":5000}');
  const extra = Buffer.concat([salt, record]).toString("base64");
  const proof = `c2sp.org/tlog-proof@v1\nextra ${extra}\nindex 1\n${root(3).toString("base64")}\n\n${text}\n${log.line(text)}`;
  const parsed = parseProof(proof);
  assert.deepEqual([parsed.index, parsed.hashes.length, parsed.checkpoint.size], [1, 1, 2]);
  const expected = createHmac("sha256", salt).update("ledger-commit/v1\0").update(record).digest("hex");
  assert.equal(await commitment(parseOpening(parsed.extra)), expected);
  assert.equal(parseProof(proof.replace(/extra .*\n/, "")).extra, null);
  for (const wrong of ["", proof.replace("@v1", "@v2"), proof.replace("index 1", "index 01"), proof.replace("index 1", "index 1 2"), proof.replace("index 1\n", ""), proof.replace(`extra ${extra[0]}`, "extra !"), proof.replace("\n\n", "\n"), proof.replace(root(3).toString("base64"), "AAAA")]) {
    assert.throws(() => parseProof(wrong), wrong);
  }
  assert.throws(() => parseOpening(null));
  assert.throws(() => parseOpening(Buffer.alloc(32)));
});
