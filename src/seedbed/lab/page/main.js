// The page: a bar, three columns, and what lies over them.
import { html, render } from "./html.js";
import { hidden, notice, tab, connection, errors } from "./store.js";
import { Bar } from "./bar.js";
import { Recipe } from "./recipe.js";
import { NetworkPanel } from "./network.js";
import { Charts } from "./charts.js";
import { Confusion } from "./confusion.js";
import { Draw } from "./draw.js";
import { Tools } from "./tools.js";
import { Scrubber } from "./scrubber.js";
import { Dialogs } from "./dialogs.js";
import { t } from "./words.js";

const TABS = ["recipe", "network", "results", "draw"];

function Lab() {
  const gone = hidden.value;
  const show = (name, part) => (gone.includes(name) ? null : part);
  return html`
    <${Bar} />
    <${Message} />
    <nav class="tabs" aria-label=${t("Parts of the page")}>
      ${TABS.map((name) => html`<button aria-pressed=${tab.value === name} onClick=${() => (tab.value = name)}>${t(name)}</button>`)}
    </nav>
    <main class=${`columns tab-${tab.value}`}>
      ${show("recipe", html`<section class="recipe" aria-label=${t("Recipe")}><${Recipe} /></section>`)}
      <section class="network" aria-label=${t("Network")}><h2 class="sr">${t("Network")}</h2><${NetworkPanel} /><${Scrubber} /></section>
      <section class="results" aria-label=${t("Results")}>
        <${Charts} />
        ${show("confusion", html`<${Confusion} />`)}
      </section>
      <section class="draw" aria-label=${t("Draw and tools")}>
        ${show("draw", html`<${Draw} />`)}
        ${show("tools", html`<${Tools} />`)}
      </section>
    </main>
    <${Dialogs} />
  `;
}

function Message() {
  const text = errors.value.process ?? errors.value.page ?? errors.value.lab;
  if (connection.value === "lost") {
    return html`<p class="message" role="status" data-testid="connection">${t("The lab does not answer. It is tried again; the experiment starts anew from this address if it is gone.")}</p>`;
  }
  if (connection.value === "strange") {
    return html`<p class="message" role="status" data-testid="connection">${t("Another lab answers under this address, with another token: the page must be opened anew. Use the address that it printed in the terminal, and put behind it what stands behind # here; then this experiment begins again.")}</p>`;
  }
  if (text) return html`<p class="message" role="alert">${text}</p>`;
  if (notice.value === "reconnected") {
    setTimeout(() => (notice.value = ""), 6000);
    return html`<p class="message calm" role="status">${t("Connected again.")}</p>`;
  }
  return null;
}

const root = document.getElementById("lab");
root.replaceChildren();
render(html`<${Lab} />`, root);
