// Charts in SVG. Each has a table behind it that says the same in numbers, so that a screen reader
// is told of the chart in one sentence. Amounts are BigInt in minor units.

import { h, svg } from "./dom.js";
import { money, periodName, plural, shortMoney, shortMonth } from "./words.js";

const FLOW_HEIGHT = 300; // of all gifts, in pixels
const GAP = 10;
const NODE_WIDTH = 12;
const LINE = 17; // pixels that a label needs

/** What becomes of money in a fund, in the order of the legend. */
export const USES = [
  { name: "disbursed", label: "Help paid" },
  { name: "fees", label: "Card fees" },
  { name: "returned", label: "Given back" },
  { name: "held", label: "Not spent yet" },
];

const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0n);
const positive = (amount) => (amount > 0n ? amount : 0n);
const ratio = (part, whole) => (whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000);

export const legend = (uses) =>
  h(
    "ul",
    { class: "legend" },
    ...uses.map(({ name, label }) => h("li", {}, h("span", { class: `swatch ${name}`, "aria-hidden": "true" }), label)),
  );

/**
 * Draws money as it flows from gifts through the funds to its uses.
 *
 * @param funds of each: `label`, `uses` (amounts by name of USES).
 * @param width in pixels.
 */
export function flow(funds, width) {
  const shown = funds.map((fund) => ({ ...fund, total: sum(Object.values(fund.uses).map(positive)) })).filter((fund) => fund.total > 0n);
  const total = sum(shown.map((fund) => fund.total));
  const scale = FLOW_HEIGHT / Number(total);
  const size = (amount) => Math.max(1, Number(amount) * scale);
  const columns = [0, Math.round(width * 0.34), width - NODE_WIDTH];
  const uses = USES.map((use) => ({ ...use, total: sum(shown.map((fund) => positive(fund.uses[use.name] ?? 0n))) })).filter((use) => use.total > 0n);

  const room = (items) => items.reduce((all, item) => all + GAP + Math.max(size(item.total), LINE * 2), -GAP);
  const height = Math.max(size(total), room(shown), room(uses));
  const gifts = { y: (height - size(total)) / 2, given: 0 };
  const left = stacked(shown, size, (height - room(shown)) / 2);
  const right = stacked(uses, size, (height - room(uses)) / 2);
  const ribbons = [];
  for (const fund of left) {
    ribbons.push(ribbon(columns[0] + NODE_WIDTH, gifts.y + gifts.given, columns[1], fund.y, size(fund.total), "in"));
    gifts.given += size(fund.total);
    let down = 0;
    for (const use of right) {
      const amount = positive(fund.uses[use.name] ?? 0n);
      if (amount === 0n) continue;
      const thick = Math.max(1, Number(amount) * scale);
      const title = `${fund.label}: ${money(amount)} ${use.label.toLowerCase()}`;
      ribbons.push(ribbon(columns[1] + NODE_WIDTH, fund.y + down, columns[2], use.y + use.taken, thick, use.name, title));
      down += thick;
      use.taken += thick;
    }
  }
  const node = (x, y, tall, kind) => svg("rect", { x, y, width: NODE_WIDTH, height: tall, class: `node ${kind}` });
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": flowSentence(shown, uses, total) },
    ...ribbons,
    node(columns[0], gifts.y, size(total), "in"),
    label(columns[0] + NODE_WIDTH + 8, gifts.y + size(total) / 2, "Gifts", money(total), "start"),
    ...left.flatMap((fund) => [
      node(columns[1], fund.y, size(fund.total), "fund"),
      label(columns[1] + NODE_WIDTH + 8, fund.y + size(fund.total) / 2, fund.label, money(fund.total), "start"),
    ]),
    ...right.flatMap((use) => [
      node(columns[2], use.y, size(use.total), use.name),
      label(columns[2] - 8, use.y + size(use.total) / 2, use.label, money(use.total), "end"),
    ]),
  );
}

/** Places items below one another from `top` on, each with its `y`, and room for its label. */
function stacked(items, size, top) {
  let y = top;
  return items.map((item) => {
    const tall = Math.max(size(item.total), LINE * 2);
    const placed = { ...item, y: y + (tall - size(item.total)) / 2, taken: 0 };
    y += tall + GAP;
    return placed;
  });
}

function ribbon(x1, y1, x2, y2, thick, kind, title) {
  const middle = (x1 + x2) / 2;
  const d =
    `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2} L${x2},${y2 + thick} ` +
    `C${middle},${y2 + thick} ${middle},${y1 + thick} ${x1},${y1 + thick} Z`;
  return svg("path", { d, class: `ribbon ${kind}` }, title ? svg("title", {}, title) : null);
}

function label(x, y, name, amount, anchor) {
  return svg(
    "text",
    { x, y, "text-anchor": anchor, class: "label" },
    svg("tspan", { x, dy: "-0.25em", class: "name" }, name),
    svg("tspan", { x, dy: "1.25em" }, amount),
  );
}

function flowSentence(funds, uses, total) {
  const ways = uses.map((use) => `${money(use.total)} ${use.label.toLowerCase()}`).join(", ");
  return `Gifts of ${money(total)} went into ${plural(funds.length, "fund")}. Of that: ${ways}.`;
}

/** Draws what became of the money of each fund as one bar, for narrow screens. */
export function bars(funds) {
  const totals = funds.map((fund) => sum(Object.values(fund.uses).map(positive)));
  const most = totals.reduce((a, b) => (a > b ? a : b), 0n);
  return h(
    "ul",
    { class: "bars" },
    ...funds.map((fund, i) =>
      h(
        "li",
        {},
        h("span", { class: "name" }, fund.label),
        h("span", { class: "amount" }, money(totals[i])),
        bar(fund, most),
        h("span", { class: "parts" }, USES.filter((use) => (fund.uses[use.name] ?? 0n) > 0n)
          .map((use) => `${use.label} ${money(fund.uses[use.name])}`).join(" · ")),
      ),
    ),
  );
}

function bar(fund, most) {
  let x = 0;
  const parts = USES.map((use) => {
    const width = ratio(positive(fund.uses[use.name] ?? 0n), most) * 100;
    const rect = svg("rect", { x: `${x}%`, y: 0, width: `${width}%`, height: 14, class: use.name });
    x += width;
    return rect;
  });
  return svg("svg", { class: "bar", height: 14, width: "100%", "aria-hidden": "true" }, ...parts);
}

/**
 * Draws what came in (up) and what went out (down) in each month.
 *
 * @param months of each: `month` (YYYY-MM), `given`, `disbursed`, `fees`, `returned`.
 */
export function overTime(months, width) {
  const height = 260;
  const axis = { left: 58, bottom: 24, top: 8 };
  const out = USES.filter((use) => use.name !== "held");
  const outOf = (month) => sum(out.map((use) => positive(month[use.name])));
  const up = months.reduce((a, m) => (m.given > a ? m.given : a), 1n);
  const down = months.reduce((a, m) => (outOf(m) > a ? outOf(m) : a), 0n);
  const [ceiling, floor] = [nice(up), down === 0n ? 0n : nice(down)];
  const scale = (height - axis.top - axis.bottom) / Number(ceiling + floor);
  const zero = axis.top + Number(ceiling) * scale;
  const step = (width - axis.left) / months.length;
  const thick = Math.min(44, step * 0.7);
  const every = Math.ceil((months.length * 52) / (width - axis.left)); // labels that do not touch
  const columns = months.flatMap((month, i) => {
    const x = axis.left + step * i + (step - thick) / 2;
    const rect = (y, amount, kind, what) =>
      svg("rect", { x, y, width: thick, height: Number(amount) * scale, class: kind },
        svg("title", {}, `${periodName(month.month)}: ${money(amount)} ${what}`));
    let y = zero;
    const parts = [rect(zero - Number(month.given) * scale, month.given, "in", "given")];
    for (const use of out.filter(({ name }) => month[name] > 0n)) {
      parts.push(rect(y, month[use.name], use.name, use.label.toLowerCase()));
      y += Number(month[use.name]) * scale;
    }
    const named = (months.length - 1 - i) % every === 0;
    return [...parts, named ? svg("text", { x: Math.min(x + thick / 2, width - 20), y: height - 6, "text-anchor": "middle", class: "tick" }, shortMonth(month.month)) : null];
  });
  const apart = Number(floor) * scale >= LINE; // so that two labels do not touch
  const lines = [ceiling, 0n, ...(apart ? [-floor] : [])].flatMap((amount) => {
    const y = zero - Number(amount) * scale;
    return [
      svg("line", { x1: axis.left, x2: width, y1: y, y2: y, class: amount === 0n ? "zero" : "grid" }),
      svg("text", { x: axis.left - 6, y: y + 4, "text-anchor": "end", class: "tick" }, amount < 0n ? `−${shortMoney(-amount)}` : shortMoney(amount)),
    ];
  });
  const sentence = `${plural(months.length, "month")}: ${money(sum(months.map((m) => m.given)))} came in and ${money(sum(months.map(outOf)))} went out.`;
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": sentence }, ...lines, ...columns);
}

/** Returns the next amount above that is easy to read: one digit with zeros, or 1.5 with zeros. */
function nice(amount) {
  const power = 10n ** BigInt(Math.max(0, String(amount).length - 2));
  return [10n, 15n, 20n, 30n, 40n, 50n, 60n, 80n, 100n].map((factor) => factor * power).find((candidate) => candidate >= amount);
}

/**
 * Returns a table behind a summary, closed at first.
 *
 * @param columns the heads; the first is that of the rows, the others of amounts.
 * @param rows of texts.
 */
export const tableBehind = (summary, caption, columns, rows) =>
  h("details", { class: "behind" }, h("summary", {}, summary), table(caption, columns, rows));

export const table = (caption, columns, rows) =>
  h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, ...columns.map((name, i) => h("th", { scope: "col", class: i > 0 && "number" }, name)))),
      h("tbody", {}, ...rows.map(([name, ...cells]) => h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", { class: "number" }, cell))))),
    ),
  );
