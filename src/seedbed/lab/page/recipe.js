// The recipe, on side A or B: every setting, with its error at its place.
import { html, useEffect, useState } from "./html.js";
import { addB, errors, experiment, get, hasB, isTouched, lookAt, plainData, rate, removeB, send, set, side, values } from "./store.js";
import { number, t, Term } from "./words.js";

export function Recipe() {
  const now = experiment.value;
  if (!now) return null;
  const recipe = (now.sides[side.value] ?? now.sides.a).recipe;
  return html`
    <h2>${t("Recipe")}
      <span class="sides" role="group" aria-label=${t("Side")}>
        <button aria-pressed=${side.value === "a"} class="side-a" onClick=${() => lookAt({ side: "a", at: null })}>A</button>
        ${hasB()
          ? html`<button aria-pressed=${side.value === "b"} class="side-b" onClick=${() => lookAt({ side: "b", at: null })}>B</button>
              <button class="quiet" aria-label=${t("Without B")} onClick=${removeB}>×</button>`
          : html`<button class="quiet" onClick=${addB}>+ B</button>`}
      </span>
    </h2>
    <${Differences} />
    <${Rate} />
    <${Choice} name="batch_size" term="batch size" options=${["1", "4", "10", "16", "32", "64", "128", "256", "512"]} value=${String(recipe.batch_size)} />
    <${Text} name="optimizer" term="optimizer" value=${recipe.optimizer} list=${["sgd(0.02)", "sgd(0.02, momentum=0.9)", "adam(0.001)", "adamw(0.001)", "rmsprop(0.001)", "adagrad(0.01)", "adadelta(1.0)"]} />
    <${Choice} name="loss" term="loss" options=${now.known.losses} value=${recipe.loss.split("(")[0]} />
    <${Text} name="schedule" term="schedule" value=${recipe.schedule} list=${["constant", "cosine", "linear", "one_cycle", "warmup(1) cosine", "step(5, 0.1)"]} />
    <${Text} name="augment" term="augmentation" label=${t("augment")} value=${recipe.augment} list=${["shift(2)", "flip", "noise(0.1)"]} empty=${t("none")} />
    <${Text} name="weight_decay" term="weight decay" value=${recipe.weight_decay} list=${["l2(0.0005)", "l2(0.004, of=linear1)"]} empty=${t("none")} />
    <${Text} name="init" term="init" value=${recipe.init} list=${now.known.initializers} />
    <${Seeds} seeds=${now.seeds} />
    <${Text} name="epochs" term="epoch" label=${t("stop at epoch")} value=${String(recipe.epochs)} />
    <${DataChanges} name=${now.data.name} />
    ${now.data.is_plane && html`<${Toy} data=${now.data} />`}
    ${isTouched.value && html`<p class="hint"><${Term} of="intervention">${t("Somebody reached in: these runs count in no comparison.")}<//></p>`}
    ${errors.value.configure && html`<p class="problem" role="alert">${errors.value.configure}</p>`}
  `;
}

function Differences() {
  const found = Object.entries(experiment.value.differences);
  if (!hasB()) return null;
  if (!found.length) return html`<p class="hint">${t("B is a copy of A: change one thing.")}</p>`;
  return html`<p class="hint">${found.map(([name, [a, b]]) => name === "network" ? html`<${Layers} a=${a} b=${b} /> ` : html`<span>B: <b>${b || t("none")}</b> ${t("in place of")} ${a || t("none")} <small>(${name})</small></span> `)}</p>`;
}

// Of two networks only the layers that differ: "tanh in place of relu".
function Layers({ a, b }) {
  const [gone, come] = onlyIn(layersOf(a), layersOf(b)).map((all) => [...new Set(all)].join(", "));
  if (gone && come) return html`<span>B: <b>${come}</b> ${t("in place of")} ${gone}</span>`;
  if (come) return html`<span>${t("B also has")} <b>${come}</b></span>`;
  return gone ? html`<span>${t("B lacks")} <b>${gone}</b></span>` : html`<span>${t("B has its layers in another order")}</span>`;
}

function layersOf(text) {
  return text.match(/[^\s(]+(\([^)]*\))?/g) ?? [];
}

// What is left of two lists without their longest common part.
function onlyIn(a, b) {
  const longest = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let k = b.length - 1; k >= 0; k--) longest[i][k] = a[i] === b[k] ? 1 + longest[i + 1][k + 1] : Math.max(longest[i + 1][k], longest[i][k + 1]);
  }
  const [gone, come] = [[], []];
  let [i, k] = [0, 0];
  while (i < a.length || k < b.length) {
    if (i < a.length && k < b.length && a[i] === b[k]) [i, k] = [i + 1, k + 1];
    else if (k >= b.length || (i < a.length && longest[i + 1][k] >= longest[i][k + 1])) gone.push(a[i++]);
    else come.push(b[k++]);
  }
  return [gone, come];
}

// The learning rate on a logarithmic slider: while it trains, moving it is an intervention; in the field it is a new run.
function Rate() {
  const now = rate.value ?? experiment.value.sides[side.value]?.lr ?? 0.02;
  const [text, setText] = useState(null);
  const shown = text ?? String(Number(now.toPrecision(3)));
  const begin = () => {
    if (text !== null) set("lr", text);
    setText(null);
  };
  const problem = errors.value.lr ?? errors.value[`${side.value}.lr`];
  return html`
    <div class="row">
      <label for="lr"><${Term} of="learning rate">${t("learning rate")}<//></label>
      <input id="lr" data-testid="lr" class="short" inputmode="decimal" value=${shown} aria-invalid=${Boolean(problem)} onInput=${(event) => setText(event.target.value)} onChange=${begin} onKeyDown=${(event) => event.key === "Enter" && begin()} />
      <input type="range" class="wide" aria-label=${t("Change the learning rate while it trains")} min="-4" max="1" step="0.05" value=${Math.log10(now)} onInput=${(event) => send("lr", { side: side.value, value: Number((10 ** Number(event.target.value)).toPrecision(3)) })} />
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    </div>
  `;
}

function Choice({ name, term, options, value }) {
  const typed = get(name);
  const all = [...new Set([...options, value])];
  return html`
    <div class="row">
      <label for=${name}><${Term} of=${term}>${t(term)}<//></label>
      <select id=${name} value=${typed ?? value} onChange=${(event) => set(name, event.target.value)}>${all.map((one) => html`<option value=${one}>${one}</option>`)}</select>
      ${errors.value[name] && html`<p class="problem" role="alert">${errors.value[name]}</p>`}
    </div>
  `;
}

function Text({ name, term, label, value, list, empty }) {
  const [text, setText] = useState(null);
  useEffect(() => setText(null), [value, side.value]);
  const done = () => {
    if (text !== null && text !== value) set(name, text);
  };
  return html`
    <div class="row">
      <label for=${name}><${Term} of=${term}>${label ?? t(term)}<//></label>
      <input id=${name} spellcheck="false" list=${list ? `${name}-known` : undefined} placeholder=${empty} value=${text ?? value} aria-invalid=${Boolean(errors.value[name])} onInput=${(event) => setText(event.target.value)} onChange=${done} />
      ${list && html`<datalist id=${`${name}-known`}>${list.map((one) => html`<option value=${one} />`)}</datalist>`}
      ${errors.value[name] && html`<p class="problem" role="alert">${errors.value[name]}</p>`}
    </div>
  `;
}

function Seeds({ seeds }) {
  return html`
    <div class="row">
      <label for="seeds"><${Term} of="seeds">${t("seeds")}<//></label>
      <input id="seeds" type="number" class="short" min="1" max="30" value=${seeds.length} onChange=${(event) => changeSeeds(Number(event.target.value))} />
      <span class="dots" aria-hidden="true">${seeds.map((seed) => html`<i title=${`seed ${seed}`}></i>`)}</span>
    </div>
  `;
}

function changeSeeds(count) {
  if (!(count >= 1 && count <= 30)) return;
  values.value = { ...values.value, seeds: String(count) };
  send("seeds", { count });
}

// How much of the training images is used, and how many of their labels are wrong.
function DataChanges({ name }) {
  const dose = Number(/subset\(([\d.]+)/.exec(name)?.[1] ?? 1);
  const noise = Number(/label_noise\(([\d.]+)/.exec(name)?.[1] ?? 0);
  const change = (part, wrong) => set("data", plainData(name) + (part < 1 ? ` subset(${part})` : "") + (wrong > 0 ? ` label_noise(${wrong})` : ""));
  const doses = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
  const place = doses.findIndex((one) => one >= dose - 1e-9);
  return html`
    <div class="row"><label for="dose"><${Term} of="data dose">${t("data dose")}<//></label><input id="dose" type="range" min="0" max="6" step="1" value=${place} aria-valuetext=${`${100 * dose}%`} onChange=${(event) => change(doses[Number(event.target.value)], noise)} /><span class="value">${number(100 * dose, 0)}%</span></div>
    <div class="row"><label for="label-noise"><${Term} of="label noise">${t("label noise")}<//></label><input id="label-noise" type="range" min="0" max="0.9" step="0.1" value=${noise} aria-valuetext=${`${100 * noise}%`} onChange=${(event) => change(dose, Number(event.target.value))} /><span class="value">${number(100 * noise, 0)}%</span></div>
  `;
}

const FEATURES = { x1: "x₁", x2: "x₂", x1_squared: "x₁²", x2_squared: "x₂²", x1_x2: "x₁x₂", sin_x1: "sin x₁", sin_x2: "sin x₂" };

function Toy({ data }) {
  const [base, inside] = [data.name.split("(")[0], plainData(data.name)];
  const noise = Number(/noise=([\d.]+)/.exec(inside)?.[1] ?? 0);
  const count = Number(/n=(\d+)/.exec(inside)?.[1] ?? 500);
  const test = Number(/test=([\d.]+)/.exec(inside)?.[1] ?? 0.5);
  const change = (fields) => {
    const next = { noise, n: count, test, features: data.features, ...fields };
    const features = next.features.length === 2 && next.features.join() === "x1,x2" ? "" : `, features=(${next.features.join(",")}${next.features.length === 1 ? "," : ""})`;
    set("data", `${base}(noise=${next.noise}, n=${next.n}, test=${next.test}${features})`);
  };
  const toggle = (name) => {
    const next = data.features.includes(name) ? data.features.filter((one) => one !== name) : Object.keys(FEATURES).filter((one) => one === name || data.features.includes(one));
    if (next.length) change({ features: next });
  };
  return html`
    <h3>${t("Points")}</h3>
    <div class="row"><label for="noise">${t("noise")}</label><input id="noise" type="range" min="0" max="0.5" step="0.05" value=${noise} onChange=${(event) => change({ noise: event.target.value })} /><span class="value">${number(noise)}</span></div>
    <div class="row"><label for="count">${t("points in all")}</label><input id="count" type="range" min="100" max="2000" step="100" value=${count} onChange=${(event) => change({ n: event.target.value })} /><span class="value">${count}</span></div>
    <div class="row"><label for="ratio">${t("test share")}</label><input id="ratio" type="range" min="0.1" max="0.9" step="0.1" value=${test} onChange=${(event) => change({ test: event.target.value })} /><span class="value">${number(test, 1)}</span></div>
    <fieldset class="features"><legend>${t("features")}</legend>
      ${Object.entries(FEATURES).map(([name, text]) => html`<label class="check"><input type="checkbox" checked=${data.features.includes(name)} onChange=${() => toggle(name)} />${text}</label>`)}
    </fieldset>
  `;
}
