// Numbers of eight bits as pixels on a canvas.
import { effect, signal } from "./html.js";

export const theme = signal(localStorage.getItem("seedbed-theme") ?? "system");
const dark = matchMedia("(prefers-color-scheme: dark)");
let tables = null;

dark.addEventListener("change", () => (theme.value = `${theme.value}`));
effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset.theme;
  else root.dataset.theme = theme.value;
  localStorage.setItem("seedbed-theme", theme.value);
  tables = null;
});

export function isDark() {
  return theme.value === "system" ? dark.matches : theme.value === "dark";
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Signed values go from orange through the ground to blue, as in the Playground; pictures from black to white.
export function table(kind) {
  tables ??= {};
  if (!tables[kind]) {
    const [ground, low, high, ink] = ["--surface", "--series-1", "--series-0", "--ink"].map((name) => rgb(colour(name)));
    tables[kind] = new Uint32Array(256).map((_, value) => {
      if (kind === "picture") return pack([value, value, value]);
      const share = (value - 128) / 127;
      if (kind === "ink") return pack(mix(ground, ink, value / 255));
      return pack(mix(ground, share < 0 ? low : high, Math.min(1, Math.abs(share))));
    });
  }
  return tables[kind];
}

// An image of a size to be filled, and how to put it on the canvas; both stay as long as the size does, as a new one costs more than all else.
const kept = new WeakMap();
function paper(canvas, width, height) {
  let own = kept.get(canvas);
  if (!own || canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    own = { context, image: context.createImageData(width, height) };
    own.words = new Uint32Array(own.image.data.buffer);
    kept.set(canvas, own);
  }
  return own;
}

// Draw equal pictures side by side. `shape` is [n, h, w]; gives how many stand in a row.
export function drawTiles(canvas, pixels, shape, { kind = "signed", columns, gap = 1, dim = [] } = {}) {
  const [count, height, width] = shape;
  const across = columns ?? Math.ceil(Math.sqrt(count));
  const down = Math.ceil(count / across);
  const wide = across * (width + gap) - gap;
  const { context, image, words } = paper(canvas, wide, down * (height + gap) - gap);
  const lookup = table(kind);
  for (let n = 0; n < count; n++) {
    const top = Math.floor(n / across) * (height + gap);
    const left = (n % across) * (width + gap);
    const alpha = dim.includes(n) ? 0x30ffffff : 0xffffffff;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        words[(top + y) * wide + left + x] = lookup[pixels[(n * height + y) * width + x]] & alpha;
      }
    }
  }
  context.putImageData(image, 0, 0);
  return across;
}

// One picture of one or three channels, [c, h, w].
export function drawPicture(canvas, pixels, [channels, height, width]) {
  const { context, image, words } = paper(canvas, width, height);
  const plane = height * width;
  const [green, blue] = channels === 3 ? [plane, 2 * plane] : [0, 0];
  let hasChanged = false;
  for (let place = 0; place < plane; place++) {
    const word = pack([pixels[place], pixels[green + place], pixels[blue + place]]) >>> 0;
    hasChanged ||= words[place] !== word;
    words[place] = word;
  }
  if (!hasChanged) return;
  context.putImageData(image, 0, 0);
}

// Small pictures in colour side by side, [n, 3, h, w].
export function drawColours(canvas, pixels, [count, , height, width]) {
  const across = Math.min(count, 6);
  canvas.width = across * (width + 1) - 1;
  canvas.height = Math.ceil(count / across) * (height + 1) - 1;
  const context = canvas.getContext("2d");
  const size = height * width;
  for (let n = 0; n < count; n++) {
    const image = context.createImageData(width, height);
    for (let place = 0; place < size; place++) {
      for (let c = 0; c < 3; c++) image.data[4 * place + c] = pixels[(n * 3 + c) * size + place];
      image.data[4 * place + 3] = 255;
    }
    context.putImageData(image, (n % across) * (width + 1), Math.floor(n / across) * (height + 1));
  }
}

function rgb(text) {
  const value = parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function mix(a, b, share) {
  return a.map((one, place) => Math.round(one + (b[place] - one) * share));
}

function pack([r, g, b]) {
  return (255 << 24) | (b << 16) | (g << 8) | r;
}
