// Back in time: states that were kept while the run trained.
import { html } from "./html.js";
import { at, lookAt, scrubber, status } from "./store.js";
import { number, t } from "./words.js";

export function Scrubber() {
  const epochs = scrubber.value?.epochs ?? [];
  if (epochs.length < 2) return null;
  const last = epochs.length;
  const place = at.value ?? last;
  const text = at.value === null ? t("now") : t("after epoch {n}", { n: number(epochs[at.value], 2) });
  return html`
    <label class="scrubber"><span>${t("time")}</span>
      <input type="range" data-testid="scrubber" min="0" max=${last} step="1" value=${place} aria-valuetext=${text} onInput=${(event) => lookAt({ at: Number(event.target.value) >= last ? null : Number(event.target.value) })} />
      <span class="value">${text}</span>
      ${at.value !== null && html`<button class="quiet" onClick=${() => lookAt({ at: null })}>${t("to now")}</button>`}
    </label>
  `;
}
