// Learning-rate finder, and a quick map of learning rate by batch size.
import { html, useEffect, useRef } from "./html.js";
import uPlot from "./vendor/uplot.js";
import { configure, errors, rateMap, rates, send, set, side, values } from "./store.js";
import { colour, theme } from "./pixels.js";
import { number, t } from "./words.js";

export function Tools() {
  return html`
    <h2>${t("Find settings")}</h2>
    <div class="tools">
      <button data-testid="find-rate" onClick=${() => ((rates.value = null), send("find_rate", { side: side.value }))}>${t("find learning rate")}</button>
      <button data-testid="rate-map" onClick=${() => ((rateMap.value = null), send("rate_map", { side: side.value }))}>${t("rate × batch map")}</button>
    </div>
    ${rates.value && html`<${Finder} found=${rates.value} />`}
    ${rateMap.value && html`<${RateMap} found=${rateMap.value} />`}
    ${errors.value.find_rate && html`<p class="problem" role="alert">${errors.value.find_rate}</p>`}
  `;
}

function Finder({ found }) {
  const holder = useRef();
  useEffect(() => {
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const plot = new uPlot(
      {
        width: holder.current.clientWidth,
        height: 130,
        legend: { show: false },
        scales: { x: { time: false, distr: 3 } },
        axes: [{ ...axis, size: 24, values: (_, ticks) => ticks.map((tick) => (tick && Math.abs(Math.log10(tick) % 2) < 1e-9 ? `${tick}` : "")) }, { ...axis, size: 36 }],
        series: [{}, { stroke: colour("--series-2"), width: 2, points: { show: false } }],
      },
      [found.lrs, found.losses.map((loss) => (loss > 2 * found.losses[0] ? null : loss))],
      holder.current,
    );
    return () => plot.destroy();
  }, [found, theme.value]);
  const rate = found.suggestion && Number(found.suggestion.toPrecision(2));
  return html`<figure><figcaption>${t("Loss while the learning rate grows")}</figcaption><div ref=${holder} class="chart low" role="img" aria-label=${t("Loss while the learning rate grows")}></div>
    ${rate ? html`<p>${t("It falls fastest near {n}.", { n: rate })} <button class="quiet" onClick=${() => set("lr", String(rate))}>${t("take it")}</button></p>` : html`<p>${t("It never falls.")}</p>`}</figure>`;
}

function RateMap({ found }) {
  const known = found.errors.flat().filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known.filter((value) => value < 80), low + 1);
  const take = (lr, size) => configure({ ...values.value, [side.value === "b" ? "b.lr" : "lr"]: String(lr), [side.value === "b" ? "b.batch_size" : "batch_size"]: String(size) });
  return html`
    <table class="rate-map"><caption>${t("Test error in percent after one epoch of 6,000 images, one run each: what learns at all")}</caption>
      <thead><tr><td></td>${found.lrs.map((lr) => html`<th scope="col">${lr}</th>`)}</tr></thead>
      <tbody>${found.batch_sizes.map((size, row) => html`<tr><th scope="row">${size}</th>${found.lrs.map((lr, column) => {
        const value = found.errors[row][column];
        return html`<td>${value === null ? "…" : html`<button class=${value === low ? "best" : ""} style=${{ "--share": Math.max(0, Math.min(1, (high - value) / (high - low))) }} aria-label=${t("learning rate {lr}, batch size {size}: {n} percent", { lr, size, n: number(value, 1) })} onClick=${() => take(lr, size)}>${number(value, 0)}</button>`}</td>`;
      })}</tr>`)}</tbody>
    </table>`;
}
