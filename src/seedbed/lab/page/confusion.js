// The confusion matrix, mean of the runs; a cell opens its images.
import { html } from "./html.js";
import { confusion, experiment, gallery, send } from "./store.js";
import { number, t, Term } from "./words.js";
import { openDialog } from "./dialogs.js";

export function Confusion() {
  const found = confusion.value;
  const classes = experiment.value?.data.classes ?? [];
  const show = (cell) => {
    gallery.value = null;
    send("gallery", cell);
    openDialog("gallery");
  };
  const rows = classes.map((_, truth) => {
    const counts = found?.counts[truth] ?? [];
    const total = counts.reduce((sum, value) => sum + value, 0) || 1;
    return classes.map((_, answer) => [counts[answer] ?? 0, (counts[answer] ?? 0) / total]);
  });
  const short = (name) => (name.length > 3 && classes.length > 4 ? name.slice(0, 3) : name);
  return html`
    <div class="confusion" data-testid="confusion">
      <h2><${Term} of="confusion">${t("Confusion")}<//> ${found?.runs > 1 && html`<small>${t("mean of {n} runs", { n: found.runs })}</small>`}</h2>
      <table class=${classes.length > 12 ? "small" : ""}>
        <thead><tr><td></td>${classes.map((name) => html`<th scope="col" title=${name}>${short(name)}</th>`)}</tr></thead>
        <tbody>${classes.map((name, truth) => html`<tr><th scope="row" title=${name}>${short(name)}</th>${rows[truth].map(([count, share], answer) => html`<td><button class=${truth === answer ? "right" : "wrong"} style=${{ "--share": Math.sqrt(share) }} aria-label=${t("{truth} taken for {answer}: {n}", { truth: name, answer: classes[answer], n: number(count, 0) })} onClick=${() => show({ truth, answer })}>${count >= 0.5 ? Math.round(count) : ""}</button></td>`)}</tr>`)}</tbody>
      </table>
      ${found?.groups?.never !== undefined &&
      html`<p class="groups">${["always", "sometimes", "never"].map((group) => html`<button class="quiet" onClick=${() => show({ group })}><b>${found.groups[group].toLocaleString("en")}</b> ${t(`${group} wrong`)}</button>`)}</p>`}
    </div>
  `;
}
