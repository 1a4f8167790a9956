// Toy data: the points, every unit's map over the plane, and the decision boundary.
import { html, useLayoutEffect, useRef, useState } from "./html.js";
import { experiment, plane, send, status } from "./store.js";
import { colour, drawTiles, theme } from "./pixels.js";
import { number, t } from "./words.js";

const SHOWN = { x1: "x₁", x2: "x₂", x1_squared: "x₁²", x2_squared: "x₂²", x1_x2: "x₁x₂", sin_x1: "sin x₁", sin_x2: "sin x₂" };
const COLOURS = ["--series-1", "--series-0", "--series-2", "--series-3", "--series-6", "--series-5"];
const HALF = 6;

export function PlaneColumn() {
  return html`<div class="column"><h3>${t("features")}</h3>${experiment.value.data.features.map((name) => html`<small>${SHOWN[name]}</small>`)}</div>`;
}

// The plane in the colours of the classes, as sure as the network is, with the points.
export function PlaneOutput() {
  const canvas = useRef();
  const [isDiscrete, setDiscrete] = useState(false);
  const [hasTest, setTest] = useState(true);
  const item = plane.value?.items?.find((one) => one.kind === "classes");
  const points = experiment.value.data.points;
  useLayoutEffect(() => {
    if (item) draw(canvas.current, item, points, { isDiscrete, hasTest });
  }, [item, points, theme.value, isDiscrete, hasTest]);
  const error = status.value?.sides.a.error;
  const [own, setOwn] = useState(0);
  const classes = experiment.value.data.classes;
  const all = Object.values(points ?? {}).flat();
  // A point of one's own, where the plane is clicked; the others stay.
  const place = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width - 0.5) * 2 * HALF;
    const y = (0.5 - (event.clientY - box.top) / box.height) * 2 * HALF;
    send("points", { points: [...all, [x, y, own]].slice(-1000) });
  };
  return html`
    <div class="column output">
      <h3>${t("output")}</h3>
      <canvas ref=${canvas} class="plane" role="img" aria-label=${t("Decision boundary with the points; error {n} percent", { n: number(error) })} onClick=${place}></canvas>
      <span class="pair"><label class="check"><input type="checkbox" checked=${isDiscrete} onChange=${(event) => setDiscrete(event.target.checked)} />${t("classes only")}</label>
        <label class="check"><input type="checkbox" checked=${hasTest} onChange=${(event) => setTest(event.target.checked)} />${t("test points (rings)")}</label></span>
      ${points && html`<span class="place">${t("click adds")} ${[...classes, ...(classes.length < 6 ? [t("new class")] : [])].map((name, n) => html`<button class="quiet" aria-pressed=${own === n} onClick=${() => setOwn(n)} style=${{ "--tone": `var(${COLOURS[n % 6]})` }}>${name}</button>`)}</span>`}
    </div>
  `;
}

function draw(canvas, item, points, { isDiscrete, hasTest }) {
  const [classes, side] = item.shape;
  const scale = 6;
  canvas.width = canvas.height = side * scale;
  const context = canvas.getContext("2d");
  const small = document.createElement("canvas");
  small.width = small.height = side;
  const image = small.getContext("2d").createImageData(side, side);
  const tones = COLOURS.map((name) => rgb(colour(name)));
  const ground = rgb(colour("--surface"));
  for (let place = 0; place < side * side; place++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (item.pixels[c * side * side + place] > item.pixels[best * side * side + place]) best = c;
    const sure = isDiscrete ? 1 : (item.pixels[best * side * side + place] / 255 - 1 / classes) / (1 - 1 / classes);
    for (let k = 0; k < 3; k++) image.data[4 * place + k] = ground[k] + (tones[best % 6][k] - ground[k]) * 0.75 * sure;
    image.data[4 * place + 3] = 255;
  }
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  const at = (value) => ((value + HALF) / (2 * HALF)) * canvas.width;
  for (const [part, all] of Object.entries(points ?? {})) {
    if (part === "test" && !hasTest) continue;
    for (const [x, y, c] of all) {
      context.beginPath();
      context.arc(at(x), canvas.height - at(y), 4, 0, 7);
      context.fillStyle = context.strokeStyle = colour(COLOURS[c % 6]);
      context.lineWidth = 1.5;
      if (part === "train") {
        context.fill();
        context.strokeStyle = colour("--surface");
      }
      context.stroke();
    }
  }
}

function rgb(text) {
  const value = parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
