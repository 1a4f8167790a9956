// The network, column by column: what each layer makes of the pinned image, its filters, and how it learns.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { errors, experiment, filters, get, layers, lesion, maps, plane, send, set, side, seed, view, weight, lookAt } from "./store.js";
import { drawColours, drawPicture, drawTiles, theme } from "./pixels.js";
import { number, t, Term } from "./words.js";
import { PlaneColumn, PlaneOutput } from "./plane.js";

export function NetworkPanel() {
  const now = view.value;
  if (!now) return html`<p class="opening">${t("loading …")}</p>`;
  const columns = grouped(now.layers);
  const isPlane = experiment.value.data.is_plane;
  return html`
    <div class="flow" role="group" tabindex="0" aria-label=${t("Layers from left to right")}>
      ${isPlane ? html`<${PlaneColumn} />` : html`<${Input} />`}
      ${columns.map((column, place) => html`<${Column} key=${column.head.name} column=${column} place=${place} isPlane=${isPlane} />`)}
      ${isPlane && html`<${PlaneOutput} />`}
      <${AddLayer} at=${now.layers.indexOf(columns.at(-1).head)} label="+" />
    </div>
    <${NetworkText} layers=${now.layers} />
    <${Lesion} />
  `;
}

// A layer with what follows it up to the next layer with weights or pooling.
function grouped(all) {
  const columns = [];
  for (const layer of all) {
    const follows = ["relu", "tanh", "sigmoid", "softmax", "leaky_relu", "silu", "gelu", "scaled_tanh", "batchnorm", "dropout", "local_response_norm"];
    if (columns.length && follows.includes(layer.kind)) columns.at(-1).tail.push(layer);
    else columns.push({ head: layer, tail: [] });
  }
  return columns;
}

function Input() {
  const canvas = useRef();
  const item = maps.value?.items?.find((one) => one.layer === "input");
  useLayoutEffect(() => {
    if (item) drawPicture(canvas.current, item.pixels, item.shape);
  }, [item]);
  const classes = experiment.value.data.classes;
  const image = maps.value?.image;
  const count = experiment.value.data.test;
  return html`
    <div class="column">
      <h3>${t("input")}</h3>
      <small>${experiment.value.data.shape.join("×")}</small>
      <canvas ref=${canvas} class="picture" width="28" height="28" role="img" aria-label=${t("The pinned image")}></canvas>
      ${image !== null && image !== undefined
        ? html`<small>${t("test image {n}", { n: image })}: ${classes[maps.value.label]}</small>
            <span class="pair"><button class="quiet" aria-label=${t("The image before")} onClick=${() => send("pin", { image: (image + count - 1) % count })}>◂</button><button class="quiet" aria-label=${t("The next image")} onClick=${() => send("pin", { image: (image + 1) % count })}>▸</button></span>`
        : maps.value && html`<small>${t("your drawing")}</small><button class="quiet" onClick=${() => send("pin", { image: 0 })}>${t("test image")}</button>`}
    </div>
  `;
}

function Column({ column, place, isPlane }) {
  const { head, tail } = column;
  const row = layers.value?.rows.find((one) => one.name === head.name);
  const after = tail.findLast((one) => maps.value?.items?.some((item) => item.layer === one.name));
  const source = isPlane ? plane : maps;
  const item = (name) => source.value?.items?.find((one) => one.layer === name && one.kind !== "classes");
  const weights = filters.value?.items?.find((one) => one.layer === head.name);
  const off = (lesion.value?.off ?? []).filter(([name]) => name === head.name).map(([, unit]) => unit);
  const units = { layer: head.name, off, isUnit: ["conv2d", "linear"].includes(head.kind) };
  return html`
    <div class=${`column kind-${head.kind} ${head.shape.length > 1 && head.shape[0] > 9 ? "wide" : ""}`}>
      <${Head} column=${column} place=${place} />
      ${weights && html`<${Filters} item=${weights} /><${Weight} layer=${head.name} />`}
      <${Tiles} item=${item(head.name)} ...${units} label=${t("{name}: values before the activation", { name: head.name })} />
      ${(isPlane ? tail.at(-1) : after) && html`<${Tiles} item=${item((isPlane ? tail.at(-1) : after).name)} ...${units} label=${t("{name}: values after {after}", { name: head.name, after: tail.at(-1).text })} />`}
      ${row && html`<${Learning} row=${row} />`}
    </div>
  `;
}

function Head({ column, place }) {
  const { head, tail } = column;
  const [editing, setEditing] = useState(null);
  const all = view.value.layers;
  const at = all.indexOf(head);
  const texts = all.map((layer) => layer.text);
  const size = 1 + tail.length;
  const apply = (changed) => set("network", changed.join(" "));
  const move = (by) => {
    // Over the whole neighbouring column, so that each keeps what follows its layer.
    const parts = grouped(all).map((one) => [one.head, ...one.tail].map((layer) => layer.text));
    const [part] = parts.splice(place, 1);
    parts.splice(Math.max(0, place + by), 0, part);
    apply(parts.flat());
  };
  const done = (event) => {
    const text = event.target.value.trim();
    setEditing(null);
    if (text !== texts.slice(at, at + size).join(" ")) apply([...texts.slice(0, at), text, ...texts.slice(at + size)]);
  };
  if (editing !== null) {
    return html`<input class="edit" autofocus value=${editing} aria-label=${t("Layers of this column")} spellcheck="false" onKeyDown=${(event) => (event.key === "Enter" && done(event)) || (event.key === "Escape" && setEditing(null))} onBlur=${done} />`;
  }
  return html`
    <h3><button class="name" title=${t("Edit: {text}", { text: texts.slice(at, at + size).join(" ") })} onClick=${() => setEditing(texts.slice(at, at + size).join(" "))}>${head.name}</button></h3>
    <small class="shape">${head.shape.length > 1 ? `${head.shape[0]}@${head.shape[1]}×${head.shape[2]}` : head.shape[0]}${tail.length ? ` ${tail.map((one) => one.kind).join(" ")}` : ""}</small>
    <span class="edits">
      <button class="quiet" aria-label=${t("Move {name} left", { name: head.name })} onClick=${() => move(-1)}>◂</button>
      <button class="quiet" aria-label=${t("Move {name} right", { name: head.name })} onClick=${() => move(1)}>▸</button>
      <button class="quiet" aria-label=${t("Remove {name}", { name: head.name })} onClick=${() => apply([...texts.slice(0, at), ...texts.slice(at + size)])}>×</button>
      <${AddLayer} at=${at} label="+" />
    </span>
  `;
}

function AddLayer({ at, label }) {
  const options = ["conv2d(8, 3, padding=1) relu", "linear(32) relu", "maxpool2d(2)", "avgpool2d(2)", "batchnorm", "dropout(0.5)", "relu", "tanh", "flatten"];
  const add = (text) => {
    const texts = view.value.layers.map((layer) => layer.text);
    set("network", [...texts.slice(0, at), text, ...texts.slice(at)].join(" "));
  };
  return html`
    <select class="add" aria-label=${t("Add a layer here")} value="" onChange=${(event) => event.target.value && add(event.target.value)}>
      <option value="">${label}</option>${options.map((one) => html`<option value=${one}>${one}</option>`)}
    </select>
  `;
}

// Maps or units as tiles; a click, or arrows and Enter, switches one off.
function Tiles({ item, layer, off, isUnit, label }) {
  const canvas = useRef();
  const [chosen, setChosen] = useState(0);
  const across = useRef(1);
  const shape = item && (item.shape.length === 3 ? item.shape : [item.shape[0], 1, 1]);
  useLayoutEffect(() => {
    if (!item) return;
    const columns = shape[1] === 1 && shape[2] === 1 ? Math.min(shape[0], shape[0] > 32 ? 8 : 4) : Math.min(shape[0], shape[0] > 32 ? 8 : shape[0] > 9 ? 6 : 3);
    across.current = drawTiles(canvas.current, item.pixels, shape, { columns, dim: off, gap: shape[1] === 1 ? 0 : 1 });
  }, [item, theme.value, off.join()]);
  if (!item) return null;
  const count = shape[0];
  const toggle = (unit) => send("lesion", { layer, unit, off: !off.includes(unit) });
  const click = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const down = Math.ceil(count / across.current);
    const column = Math.floor(((event.clientX - box.left) / box.width) * across.current);
    const row = Math.floor(((event.clientY - box.top) / box.height) * down);
    const unit = row * across.current + column;
    if (unit < count) toggle(unit);
  };
  const key = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across.current, ArrowUp: -across.current }[event.key];
    if (by) {
      setChosen(Math.max(0, Math.min(count - 1, chosen + by)));
      event.preventDefault();
    }
    if (event.key === "Enter" || event.key === " ") {
      toggle(chosen);
      event.preventDefault();
    }
  };
  const isUnits = shape[1] === 1 && shape[2] === 1;
  if (!isUnit) return html`<canvas ref=${canvas} class=${`${isUnits ? "units" : "maps"} still`} role="img" aria-label=${label}></canvas>`;
  return html`<canvas ref=${canvas} class=${isUnits ? "units" : "maps"} tabindex="0" role="button" aria-label=${`${label}. ${t("Unit {n} of {count}: Enter switches it off or on.", { n: chosen + 1, count })}`} onClick=${click} onKeyDown=${key}></canvas>`;
}

// Filters as tiles, or a small layer's weights as a table; a click, or arrows and Enter, opens one weight.
function Filters({ item }) {
  const canvas = useRef();
  const [chosen, setChosen] = useState(0);
  const [count, height, width] = item.shape;
  const across = item.kind === "table" ? 1 : Math.min(count, count > 6 ? 8 : 6);
  useLayoutEffect(() => {
    if (item.kind === "colour") drawColours(canvas.current, item.pixels, item.shape);
    else drawTiles(canvas.current, item.pixels, item.shape, { columns: across });
  }, [item, theme.value]);
  const label = item.kind === "table" ? t("{name}: weights, a row for each unit", { name: item.layer }) : t("{name}: filters", { name: item.layer });
  if (item.kind === "colour") return html`<canvas ref=${canvas} class="filters still" role="img" aria-label=${label}></canvas>`;
  // Where in its unit's weights a cell stands: a kernel shows one channel of several.
  const open = (n, inside) => send("weight", item.kind === "table" ? { layer: item.layer, unit: Math.floor(inside / width), place: inside % width } : { layer: item.layer, unit: n, place: item.channels[n] * height * width + inside });
  const click = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.current.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.current.height);
    const n = Math.floor(y / (height + 1)) * across + Math.floor(x / (width + 1));
    if (n < count && x % (width + 1) < width && y % (height + 1) < height) open(n, (y % (height + 1)) * width + (x % (width + 1)));
  };
  const key = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: width, ArrowUp: -width }[event.key];
    if (by) setChosen(Math.max(0, Math.min(count * height * width - 1, chosen + by)));
    else if (event.key === "Enter" || event.key === " ") open(Math.floor(chosen / (height * width)), chosen % (height * width));
    else return;
    event.preventDefault();
  };
  const size = item.kind === "table" ? { width: `min(100%, ${1.1 * width}rem)`, height: `${Math.min(9, 1.1 * height)}rem` } : null;
  return html`<canvas ref=${canvas} class=${`filters ${item.kind}`} style=${size} tabindex="0" role="button" aria-label=${`${label}. ${t("Weight {n}: Enter opens it.", { n: chosen + 1 })}`} title=${t("Click a weight to change it")} onClick=${click} onKeyDown=${key}></canvas>`;
}

// One weight, to be changed by hand while the network learns.
function Weight({ layer }) {
  const found = weight.value;
  if (found?.layer !== layer) return null;
  const give = (value) => Number.isFinite(value) && send("weight", { layer, unit: found.unit, place: found.place, value });
  return html`
    <span class="weight" data-testid="weight">
      <label><small><${Term} of="intervention">${t("weight {unit}, {place}", found)}<//></small>
        <input type="number" step="0.1" value=${Number(found.value.toPrecision(4))} onChange=${(event) => event.target.value !== "" && give(Number(event.target.value))} /></label>
      <button class="quiet" aria-label=${t("Close")} onClick=${() => (weight.value = null)}>×</button>
      ${errors.value.weight && html`<span class="problem" role="alert">${errors.value.weight}</span>`}
    </span>
  `;
}

function Learning({ row }) {
  const highest = Math.max(...(row.histogram ?? [0]), 1e-9);
  return html`
    <div class="learning">
      <span class="share" title=${t("gradient share")}><i style=${{ width: `${100 * (row.share ?? 0)}%` }}></i></span>
      <small><${Term} of="gradient share">${t("gradient")}<//> ${number(100 * row.share, 0)}%</small>
      ${row.histogram &&
      html`<svg class="histogram" viewBox=${`0 0 ${row.histogram.length} 20`} preserveAspectRatio="none" role="img" aria-label=${t("Histogram of what enters the activation")}>
          ${row.histogram.map((value, place) => html`<rect x=${place} y=${20 - (20 * value) / highest} width="0.9" height=${(20 * value) / highest} />`)}
        </svg>
        <small><${Term} of="spread">${number(row.mean, 1)} ± ${number(row.std, 1)}<//></small>`}
      ${row.kind && row.flat > 0 && html`<small class="warning"><${Term} of=${row.kind}>${number(100 * row.flat, 0)}% ${t(row.kind)}<//></small>`}
    </div>
  `;
}

function NetworkText({ layers: all }) {
  const [text, setText] = useState(null);
  const written = all.map((layer) => layer.text).join(" ");
  useEffect(() => setText(null), [written, side.value]);
  const problem = errors.value.network ?? (errors.value.configure && text !== null ? errors.value.configure : null);
  const done = () => text !== null && text.trim() && text !== written && set("network", text);
  const own = view.value;
  return html`
    <div class="network-text">
      <label for="network-text">${t("as text")}</label>
      <textarea id="network-text" data-testid="network-text" spellcheck="false" rows="2" value=${text ?? written} aria-invalid=${Boolean(problem)} onInput=${(event) => setText(event.target.value)} onBlur=${done} onKeyDown=${(event) => event.key === "Enter" && !event.shiftKey && (event.preventDefault(), done())}></textarea>
      <small>${t("{n} parameters, {m} multiply-adds an image", { n: own.parameters.toLocaleString("en"), m: own.multiply_adds.toLocaleString("en") })}
        ${experiment.value.seeds.length > 1 && html` · ${t("seen in")} <select aria-label=${t("Run that is looked into")} value=${seed.value} onChange=${(event) => lookAt({ seed: Number(event.target.value), at: null })}>${experiment.value.seeds.map((one, place) => html`<option value=${place}>${t("seed {n}", { n: one })}</option>`)}</select>`}
      </small>
      ${problem && html`<p class="problem" role="alert" data-testid="network-error">${problem}</p>`}
    </div>
  `;
}

function Lesion() {
  const found = lesion.value;
  if (errors.value.lesion) return html`<p class="problem" role="alert">${errors.value.lesion}</p>`;
  if (!found?.off.length) return null;
  const loss = found.after.error - found.before.error;
  const classes = experiment.value.data.classes;
  const worst = found.after.by_class
    .map((value, place) => [value - found.before.by_class[place], classes[place]])
    .sort((a, b) => b[0] - a[0])
    .slice(0, 3);
  return html`
    <p class="lesion" role="status" data-testid="lesion">
      <${Term} of="lesion">${t("without")}<//> ${found.off.map(([name, unit]) => `${name}/${unit}`).join(", ")}:
      <b>${number(found.after.error)}%</b> ${t("error in place of")} ${number(found.before.error)}% (${loss >= 0 ? "+" : "−"}${number(Math.abs(loss))});
      ${t("most lost")}: ${worst.map(([value, name]) => `${name} ${value >= 0 ? "+" : "−"}${number(Math.abs(value), 1)}`).join(", ")}
      <button class="quiet" onClick=${() => send("lesion", { layer: "" })}>${t("all on again")}</button>
    </p>
  `;
}
