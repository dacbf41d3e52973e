// What the funds got, spent and hold, as figures and charts.

import { POOLS } from "../log/audit.js";
import { USES, bars, flow, legend, overTime, tableBehind } from "./charts.js";
import { find, h, show } from "./dom.js";
import { fundName, money, periodName } from "./words.js";

const NARROW = 640; // pixels; below, a bar for each fund is easier to read than a flow
const MONTHS = 24;

let redraw = null;
new ResizeObserver(() => redraw?.()).observe(find("figures"));

/**
 * Shows the figures.
 *
 * @param figures `funds`, each with `fund`, `given`, and `uses` by name of USES; `flows`,
 *   the same with funds that are paid from together as one; `months`, the same by `month`;
 *   `places`, where the money is, as `label` and `amount`.
 * @param asked which `fund` and `period` they are for.
 * @param notice what else is to be said of them.
 */
export function showFigures({ flows, funds, months, places }, { fund, period }, notice = "") {
  const box = find("figures");
  redraw = null;
  const total = (name) => funds.reduce((sum, each) => sum + each.uses[name], 0n);
  if (funds.every(({ given, uses }) => given === 0n && Object.values(uses).every((amount) => amount === 0n))) {
    const where = [fund && fundName(fund), period && periodName(period)].filter(Boolean).join(", ");
    show(box, h("p", {}, where ? `No money moved: ${where}.` : "No money has moved yet. Figures will stand here once the first gift is entered; none are made up."));
    return;
  }
  const named = (figures) => figures.map((each) => ({ ...each, label: fundName(each.fund) }));
  const shown = USES.filter(({ name }) => name !== "held" || !period);
  const pool = Object.keys(POOLS).find((name) => POOLS[name].includes(fund));
  const recent = months.slice(-MONTHS);
  const flowBox = h("div", { class: "chart" });
  const timeBox = h("div", { class: "chart" });
  const row = ({ label, given, uses }) => [label, money(given), ...shown.map(({ name }) => money(uses[name]))];
  show(
    box,
    notice ? h("p", { class: "notice" }, notice) : null,
    h("ul", { class: "tiles" },
      tile("Given", funds.reduce((sum, each) => sum + each.given, 0n)),
      ...shown.map(({ name, label }) => tile(label, total(name)))),
    pool ? h("p", { class: "fine" }, `Some help is paid from this fund together with others (${fundName(pool)}), so that nobody can be found in it. It is not in these figures; “All funds” shows it.`) : null,
    h("h3", {}, "From gifts to help"),
    legend(USES),
    flowBox,
    tableBehind("These figures as a table", "What each fund got, spent and holds", ["Fund", "Given", ...shown.map(({ label }) => label)], named(funds).map(row)),
    ...(recent.length > 0
      ? [
          h("h3", {}, "Over time"),
          legend([{ name: "in", label: "Given" }, ...USES.filter(({ name }) => name !== "held")]),
          timeBox,
          tableBehind("These months as a table", "What came in and went out, by month",
            ["Month", "Given", ...USES.filter(({ name }) => name !== "held").map(({ label }) => label)],
            [...months].reverse().map((each) => [periodName(each.month), money(each.given), ...USES.filter(({ name }) => name !== "held").map(({ name }) => money(each.uses[name]))])),
        ]
      : []),
    ...(places.length > 0 ? [h("h3", {}, "Where it is now"), h("ul", { class: "tiles" }, ...places.map(({ label, amount }) => tile(label, amount)))] : []),
  );
  let drawn = 0;
  redraw = () => {
    const width = Math.floor(box.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    const flowing = named(flows).filter(({ uses }) => Object.values(uses).some((amount) => amount > 0n));
    show(flowBox, width < NARROW ? bars(flowing) : flow(flowing, width));
    if (recent.length > 0) show(timeBox, overTime(recent.map((each) => ({ month: each.month, given: each.given, ...each.uses })), width));
  };
  redraw();
}

const tile = (what, amount) => h("li", {}, h("span", { class: "what" }, what), h("span", { class: "much" }, money(amount)));

/** Says why there are no figures. */
export function showNoFigures(words) {
  redraw = null;
  show(find("figures"), h("p", { class: "notice" }, words));
}
