// The bar: what is trained, play and speed, where it stands.
import { html, useState } from "./html.js";
import { configure, connection, errors, experiment, hidden, plainData, playing, send, speed, status, values } from "./store.js";
import { language, number, setLanguage, t, Term } from "./words.js";
import { theme } from "./pixels.js";
import { openDialog } from "./dialogs.js";

// Batches a second for each run; the last is as fast as it goes.
const SPEEDS = [1, 2, 5, 15, 60, 250, 1000, null];
const PICTURES = ["mnist", "fashion-mnist", "cifar10", "digits"];
const TOYS = ["circle", "xor", "gauss", "spiral", "moons"];

export function Bar() {
  const data = experiment.value?.data;
  const gone = hidden.value;
  return html`
    <header class="bar">
      <h1 class="brand"><img src="icon.svg" alt="" /> Seedbed</h1>
      ${!gone.includes("data") && html`<${Data} data=${data} /><${NetworkName} />`}
      <${Transport} />
      ${!gone.includes("speed") && html`<${SpeedControl} />`}
      <${Standing} />
      <span class="spacer"></span>
      ${!gone.includes("share") &&
      html`<button onClick=${() => (send("forms"), openDialog("forms"))}>${t("share")}</button>
        <button onClick=${() => (send("report", { language: language.value }), openDialog("report"))}>${t("report")}</button>`}
      <button data-testid="language" aria-label=${`${t("Language")}: ${language.value === "en" ? "한국어" : "English"}`} onClick=${() => setLanguage(language.value === "en" ? "ko" : "en")}>
        ${language.value === "en" ? "한국어" : "English"}
      </button>
      <button aria-label=${t("Light, dark or as the system")} onClick=${nextTheme}>${{ system: "◐", light: "○", dark: "●" }[theme.value]}</button>
    </header>
  `;
}

function nextTheme() {
  const all = ["system", "light", "dark"];
  theme.value = all[(all.indexOf(theme.value) + 1) % 3];
}

function Data({ data }) {
  const base = plainData(data?.name ?? "").split("(")[0];
  const known = experiment.value?.known.data ?? [];
  const others = known.filter((name) => !PICTURES.includes(name) && !TOYS.includes(name.split("(")[0]));
  const choose = (name) => {
    const toy = TOYS.includes(name);
    const wasToy = TOYS.includes(base);
    const changed = { ...values.value, data: toy ? `${name}(noise=0.1)` : name, network: toy && wasToy ? values.value.network : "" };
    if (toy && !wasToy) Object.assign(changed, { network: "flatten linear(8) tanh linear(6) tanh linear(2)", optimizer: "adam(0.03)", lr: "", batch_size: "10", epochs: "300" });
    if (!toy && wasToy) Object.assign(changed, { network: name === "digits" ? "mlp" : "lenet5+", optimizer: "", lr: "", batch_size: "", epochs: "20" });
    configure(toy === wasToy ? changed : Object.fromEntries(Object.entries(changed).filter(([name]) => name !== "b" && !name.startsWith("b."))));
  };
  return html`
    <label class="field">
      <span class="sr">${t("Data set")}</span>
      <select value=${base} onChange=${(event) => choose(event.target.value)} aria-invalid=${Boolean(errors.value.data)}>
        <optgroup label=${t("Pictures")}>${PICTURES.map((name) => html`<option value=${name}>${name}</option>`)}${others.map((name) => html`<option value=${name}>${name}</option>`)}</optgroup>
        <optgroup label=${t("Points in the plane")}>${TOYS.map((name) => html`<option value=${name}>${name}</option>`)}${base === "points" && html`<option value="points">${t("own points")}</option>`}</optgroup>
      </select>
    </label>
  `;
}

function NetworkName() {
  const networks = Object.keys(experiment.value?.known.networks ?? {});
  const typed = values.value.network ?? "lenet5+";
  return html`
    <label class="field">
      <span class="sr">${t("Network")}</span>
      <select value=${networks.includes(typed) ? typed : ""} onChange=${(event) => event.target.value && configure({ ...values.value, network: event.target.value })}>
        <option value="">${t("own network")}</option>
        ${networks.map((name) => html`<option value=${name}>${name}</option>`)}
      </select>
    </label>
  `;
}

function Transport() {
  const [same, setSame] = useState(true);
  return html`
    <div class="transport" role="group" aria-label=${t("Training")}>
      <button class="primary" data-testid="play" aria-pressed=${playing.value} aria-label=${playing.value ? t("Pause") : t("Play")} onClick=${() => send(playing.value ? "pause" : "play")}>
        ${playing.value ? "❚❚" : "▶"}
      </button>
      <button data-testid="step" title=${t("Exactly one batch, then pause")} onClick=${() => send("step")}>${t("step")}</button>
      <button data-testid="epoch-step" title=${t("To the end of the epoch, then pause")} onClick=${() => send("epoch")}>${t("epoch")}</button>
      <button data-testid="reset" aria-label=${t("Begin anew")} title=${t("Begin anew")} onClick=${() => send("reset", { same_seeds: same })}>↺</button>
      <label class="check"><input type="checkbox" checked=${same} onChange=${(event) => setSame(event.target.checked)} />${t("same seeds")}</label>
    </div>
  `;
}

function SpeedControl() {
  const current = speed.value;
  const place = current === null ? SPEEDS.length - 1 : SPEEDS.findIndex((one) => one === null || one >= current * 0.99);
  const text = current === null ? t("as fast as it goes") : t("{n} batches/s", { n: current < 10 ? number(current, 0) : Math.round(current) });
  return html`
    <label class="speed">
      <input type="range" data-testid="speed" aria-label=${t("speed")} title=${t("speed")} min="0" max=${SPEEDS.length - 1} step="1" value=${place} aria-valuetext=${text} onInput=${(event) => send("speed", { steps_per_s: SPEEDS[Number(event.target.value)] })} />
      <span class="value">${text}</span>
    </label>
  `;
}

function Standing() {
  const now = status.value;
  if (!now) return html`<span class="standing">${connection.value === "open" ? t("loading …") : t("connecting …")}</span>`;
  const a = now.sides.a;
  const outcomes = Object.values(now.sides).flatMap((side) => side.runs).filter((run) => run.text);
  return html`
    <span class="standing">
      <span><${Term} of="epoch">${t("epoch")}<//> <b data-testid="epoch" data-exact=${a.epoch}>${number(a.epoch, a.epoch < 10 ? 2 : 1)}</b></span>
      <span><${Term} of="error">${t("error")}<//> <b><span data-testid="error">${number(a.error)}</span>%</b>${a.std !== null && html` <small>± ${number(a.std)}</small>`}</span>
      <span><${Term} of="loss">${t("loss")}<//> <b data-testid="loss">${number(a.loss, 3)}</b></span>
      <span class="rate"><b data-testid="images-per-second">${Math.round(now.images_per_second).toLocaleString("en")}</b> ${t("images/s")}</span>
      ${outcomes.length > 0 && html`<span class="warning" role="status">${outcomes[0].text}</span>`}
      ${now.done && !outcomes.length && html`<span class="calm">${t("done")}</span>`}
    </span>
  `;
}
