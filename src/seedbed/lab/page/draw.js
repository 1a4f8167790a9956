// Draw: each stroke is answered by the network that is still learning; teach it, pin it.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { answer, errors, experiment, send } from "./store.js";
import { colour, drawPicture, theme } from "./pixels.js";
import { number, t, Term } from "./words.js";

const SIZE = 56;
const MOST_PER_S = 30;

export function Draw() {
  const canvas = useRef();
  const [strokes, setStrokes] = useState([]);
  const [label, setLabel] = useState(null);
  const open = useRef(null);
  const sent = useRef(0);
  const later = useRef(0);
  const data = experiment.value?.data;
  const isPicture = data && data.shape[1] * data.shape[2] > 16;

  const paint = (all) => {
    const context = canvas.current.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIZE, SIZE);
    context.strokeStyle = "#fff";
    context.lineWidth = SIZE / 10;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of all) {
      context.beginPath();
      stroke.forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
      if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
      context.stroke();
    }
  };
  const ask = () => {
    const pixels = canvas.current.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, SIZE, SIZE).data;
    let text = "";
    for (let place = 0; place < pixels.length; place += 4) text += String.fromCharCode(pixels[place]);
    sent.current = performance.now();
    send("draw", { pixels: btoa(text), size: SIZE, center: !["fashion-mnist", "cifar10"].includes(data.name), id: Math.round(sent.current) });
  };
  const askSoon = () => {
    clearTimeout(later.current);
    const wait = sent.current + 1000 / MOST_PER_S - performance.now();
    if (wait <= 0) ask();
    else later.current = setTimeout(ask, wait);
  };
  const place = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
  };
  const begin = (event) => {
    canvas.current.setPointerCapture(event.pointerId);
    open.current = [...strokes, [place(event)]];
    paint(open.current);
    askSoon();
  };
  const move = (event) => {
    if (!open.current) return;
    open.current.at(-1).push(place(event));
    paint(open.current);
    askSoon();
  };
  const end = () => {
    if (!open.current) return;
    setStrokes(open.current);
    open.current = null;
    askSoon();
  };
  const change = (all) => {
    setStrokes(all);
    paint(all);
    if (all.length) ask();
    else answer.value = null;
  };
  useEffect(() => canvas.current && paint(strokes), [isPicture]);
  if (!isPicture) return null;
  const shares = answer.value?.probabilities ?? [];
  const best = shares.length ? shares.indexOf(Math.max(...shares)) : null;
  return html`
    <h2>${t("Draw")} <span class="pair">
      <button class="quiet" aria-label=${t("Undo the last stroke")} disabled=${!strokes.length} onClick=${() => change(strokes.slice(0, -1))}>↶</button>
      <button class="quiet" aria-label=${t("Wipe")} disabled=${!strokes.length} onClick=${() => change([])}>⌫</button></span></h2>
    <div class="drawing">
      <canvas ref=${canvas} width=${SIZE} height=${SIZE} data-testid="draw" role="img" aria-label=${t("Draw here with the mouse or a finger")} onPointerDown=${begin} onPointerMove=${move} onPointerUp=${end} onPointerCancel=${end}></canvas>
      ${!strokes.length && !open.current && html`<span class="invite" aria-hidden="true">${t("draw a digit")}</span>`}
    </div>
    <div class="answers" data-testid="answer" data-answer=${best ?? ""} aria-live="polite">
      <${Seen} />
      <div class="bars">
        ${data.classes.map((name, n) => html`<div class=${n === best ? "best" : ""}><span class="name" title=${name}>${name}</span><span class="bar"><i style=${{ width: `${100 * (shares[n] ?? 0)}%` }}></i></span><span class="value">${shares.length ? number(100 * shares[n], 0) : ""}</span></div>`)}
      </div>
    </div>
    <div class="row teach">
      <label for="teach-label">${t("it is a")}</label>
      <select id="teach-label" value=${label ?? best ?? 0} onChange=${(event) => setLabel(Number(event.target.value))}>${data.classes.map((name, n) => html`<option value=${n}>${name}</option>`)}</select>
      <button data-testid="teach" disabled=${!answer.value} title=${t("A few steps on this drawing among training images")} onClick=${() => send("teach", { label: label ?? best ?? 0 })}><${Term} of="intervention">${t("teach")}<//></button>
      <button disabled=${!answer.value} onClick=${() => send("pin", { image: null })}>${t("pin")}</button>
    </div>
    ${(errors.value.draw ?? errors.value.teach) && html`<p class="problem" role="alert">${errors.value.draw ?? errors.value.teach}</p>`}
  `;
}

function Seen() {
  const canvas = useRef();
  const item = answer.value?.items?.[0];
  useLayoutEffect(() => {
    if (item) drawPicture(canvas.current, item.pixels, item.shape);
  }, [item]);
  return html`<figure class="seen"><canvas ref=${canvas} width="28" height="28" role="img" aria-label=${t("The drawing as the network sees it")}></canvas><figcaption><small>${t("what the network sees")}${answer.value?.place !== undefined && experiment.value.seeds.length > 1 ? html` · ${t("seed {n}", { n: experiment.value.seeds[answer.value.place] })}` : ""}</small></figcaption></figure>`;
}
