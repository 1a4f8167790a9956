// Error and loss by epoch: every run faintly, mean and standard deviation of each side; and what may be said of A and B.
import { html, useLayoutEffect, useRef, useState } from "./html.js";
import uPlot from "./vendor/uplot.js";
import { curves, experiment, hasB, status, verdict } from "./store.js";
import { colour, theme } from "./pixels.js";
import { number, t, Term } from "./words.js";

export function Charts() {
  const [isLog, setLog] = useState(true);
  return html`
    <div class="charts">
      <h2>${t("Error and loss")} <label class="check"><input type="checkbox" checked=${isLog} onChange=${(event) => setLog(event.target.checked)} />${t("logarithmic")}</label></h2>
      <div class="pair">
        <${Chart} what="error" unit="%" isLog=${isLog} />
        <${Chart} what="loss" unit="" isLog=${isLog} />
      </div>
      <${Reached} />
      <${Verdict} />
    </div>
  `;
}

function Chart({ what, unit, isLog }) {
  const holder = useRef();
  const plot = useRef(null);
  const sides = curves.value?.sides ?? {};
  const names = Object.keys(sides);
  const runs = names.map((name) => sides[name][what].runs.length).join();
  useLayoutEffect(() => {
    plot.current?.destroy();
    plot.current = make(holder.current, names, sides, what, unit, isLog);
    const watcher = new ResizeObserver(() => plot.current.setSize(size(holder.current)));
    watcher.observe(holder.current);
    return () => watcher.disconnect();
  }, [names.join(), runs, isLog, theme.value, what]);
  useLayoutEffect(() => {
    plot.current?.setData(joined(names, sides, what, isLog));
  }, [curves.value, isLog]);
  return html`<figure><figcaption><${Term} of=${what}>${t(what)}<//>${unit && ` (${unit})`}</figcaption><div ref=${holder} class="chart" role="img" aria-label=${summary(sides, what)}></div></figure>`;
}

function summary(sides, what) {
  return Object.entries(sides)
    .map(([name, side]) => `${name.toUpperCase()}: ${t(what)} ${number(side[what].mean?.at(-1))}`)
    .join("; ");
}

// One column of x for all lines, as uPlot wants it: low and high of the band, mean, then every run.
function joined(names, sides, what, isLog) {
  const tables = [];
  for (const name of names) {
    const own = sides[name][what];
    const floor = (value) => (isLog && !(value > 0) ? null : value);
    tables.push([own.x, own.mean.map((mean, place) => floor(mean - own.std[place])), own.mean.map((mean, place) => floor(Math.min(mean + own.std[place], what === "error" ? 100 : Infinity))), own.mean.map(floor)]);
    for (const run of own.runs) tables.push([run.x, run.y.map(floor)]);
  }
  return tables.length ? uPlot.join(tables) : [[0], [null]];
}

function make(holder, names, sides, what, unit, isLog) {
  const series = [{}];
  const bands = [];
  names.forEach((name, place) => {
    const tone = colour(name === "a" ? "--series-0" : "--series-1");
    const at = series.length;
    series.push({ show: true, stroke: "transparent", points: { show: false } }, { show: true, stroke: "transparent", points: { show: false } });
    series.push({ label: name.toUpperCase(), stroke: tone, width: 2, points: { show: false }, spanGaps: true });
    bands.push({ series: [at + 1, at], fill: `${tone}30` });
    for (const _ of sides[name][what].runs) series.push({ stroke: `${tone}55`, width: 1, points: { show: (_, __, from, to) => what === "error" && to - from < 40, size: 3, fill: tone }, spanGaps: true });
  });
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid"), width: 1 }, font: "11px system-ui", gap: 3 };
  const options = {
    ...size(holder),
    series: series.length > 1 ? series : [{}, {}],
    bands,
    hooks: { draw: [mark] },
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: true, y: false } },
    scales: { x: { time: false }, y: isLog ? { distr: 3, range: (_, low, high) => (low > 0 && high > 1.01 * low ? uPlot.rangeLog(low, high, 10, false) : [1, 100]) } : { range: (_, low, high) => [Math.min(0, low ?? 0), high ?? 1] } },
    axes: [{ ...axis, size: 26 }, { ...axis, size: 44, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : `${Number(tick.toPrecision(2))}`)) }],
  };
  return new uPlot(options, joined(names, sides, what, isLog), holder);
}

// Where somebody reached in: a line at the epoch, in the colour of the side.
function mark(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { side, epoch } of curves.value?.interventions ?? []) {
    const x = Math.round(plot.valToPos(epoch, "x", true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour(side === "a" ? "--series-0" : "--series-1");
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

const REACHED = { lr: "learning rate {value}", taught: "taught as {value}", weight: "a weight became {value}" };

function Reached() {
  const last = curves.value?.interventions?.at(-1);
  if (!last) return null;
  const value = last.kind === "taught" ? experiment.value.data.classes[last.value] : Number(last.value.toPrecision(3));
  return html`<p class="hint" data-testid="reached"><span class=${`dash side-${last.side}`}></span> <${Term} of="intervention">${t("reached in")}<//>: ${t(REACHED[last.kind], { value })} ${t("after epoch {n}", { n: number(last.epoch) })}</p>`;
}

function size(holder) {
  return { width: Math.max(160, holder.clientWidth), height: Math.max(140, holder.clientHeight) };
}

function Verdict() {
  const found = verdict.value;
  if (!hasB() || !found || found.verdict === "none") return null;
  return html`<p class=${`verdict ${found.verdict}`} data-testid="verdict" role="status"><${Term} of="verdict">${t("verdict")}<//>: ${sentence(found)}</p>`;
}

function sentence(found) {
  const left = found.left_out ? ` ${t(found.left_out === 1 ? "1 pair does not count." : "{n} pairs do not count.", { n: found.left_out })}` : "";
  if (found.verdict === "waiting") {
    return t("{n} of at least 3 pairs of runs have reached their last epoch.", { n: found.pairs }) + left;
  }
  const places = { d: number(Math.abs(found.difference)), low: number(Math.min(...found.interval.map(Math.abs))), high: number(Math.max(...found.interval.map(Math.abs))), n: found.pairs };
  if (found.verdict === "lower") return t("B errs {d} points less ({low} to {high}), decided with {n} seeds.", places) + left;
  if (found.verdict === "higher") return t("B errs {d} points more ({low} to {high}), decided with {n} seeds.", places) + left;
  return t("not decided with {n} seeds: add some.", places) + left;
}
