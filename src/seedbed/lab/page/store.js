// All that the page knows: the latest of each message, and what the person has chosen.
import { batch, computed, signal } from "./html.js";
import { open } from "./connection.js";

const ADDRESS_ONLY = ["hide"];

export const connection = signal("connecting"); // connecting, open, lost, strange
export const experiment = signal(null);
export const status = signal(null);
export const curves = signal(null);
export const layers = signal(null);
export const maps = signal(null);
export const filters = signal(null);
export const plane = signal(null);
export const confusion = signal(null);
export const verdict = signal(null);
export const scrubber = signal(null);
export const answer = signal(null);
export const gallery = signal(null);
export const lesion = signal(null);
export const weight = signal(null); // one weight that is looked at
export const rates = signal(null);
export const rateMap = signal(null);
export const forms = signal(null);
export const report = signal(null);
export const errors = signal({}); // by field
export const notice = signal("");

export const side = signal("a"); // which side is edited and looked into
export const seed = signal(0); // place of the run that is looked into
export const at = signal(null); // kept state, or null for now
export const tab = signal("network"); // on narrow screens
export const values = signal(fromAddress());
export const hidden = signal(hiddenFromAddress());

// The data set without what is done to it, and its name without arguments.
export function plainData(name) {
  return name.replace(/\s+(subset|label_noise)\(.*$/, "");
}

export const view = computed(() => experiment.value?.sides[side.value] ?? experiment.value?.sides.a ?? null);

const TOPICS = { status, curves, layers, maps, filters, plane, confusion, verdict, scrubber, answer, gallery, lesion, weight, rates, forms, report };

// What many parts of the page ask of the status; they are drawn anew only where it changes.
export const playing = computed(() => Boolean(status.value?.playing));
export const speed = computed(() => status.value?.steps_per_s ?? null);
export const rate = computed(() => status.value?.sides[side.value]?.lr);
export const isTouched = computed(() => Boolean(status.value?.sides[side.value]?.runs.some((run) => run.touched)));

// What comes many times a second is drawn together, once before the screen is: a frame costs about as much however little changes in it.
const BEAT = ["status", "curves", "layers", "maps", "filters", "plane", "confusion", "verdict", "scrubber"];
let arrived = {};
let isAwaited = false;

function takeIn() {
  const messages = Object.values(arrived);
  arrived = {};
  isAwaited = false;
  batch(() => messages.forEach((message) => (TOPICS[message.topic].value = message)));
}

let accepted = values.value; // what the experiment that trains was made of

export function fromAddress() {
  const found = parse(location.hash.slice(1));
  return Object.keys(found).length ? found : { epochs: "20", seeds: "3" };
}

function parse(fragment) {
  const found = {};
  for (const part of fragment.split("&")) {
    if (!part) continue;
    const [name, ...rest] = part.split("=");
    const key = decode(name);
    if (!ADDRESS_ONLY.includes(key)) found[key] = decode(rest.join("="));
  }
  return found;
}

function hiddenFromAddress() {
  const found = location.hash.slice(1).split("&").find((part) => part.startsWith("hide="));
  return found ? decode(found.slice(5)).split(",") : [];
}

function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

const socket = open({
  onState(state) {
    if (state === "open" && ["lost", "strange"].includes(connection.value)) notice.value = "reconnected";
    connection.value = state;
  },
  onHello(isNew) {
    // A page that was loaded anew knows nothing yet; what was paused because nobody looked goes on.
    const isPlaying = !experiment.value || status.value?.playing;
    if (isNew || !experiment.value) configure(values.value);
    if (isPlaying) send("play");
    watch();
  },
  onMessage(message) {
    if (message.topic === "error") return fail(message);
    if (message.topic === "experiment") return begin(message);
    if (message.topic === "rate_map") return (rateMap.value = message);
    if (BEAT.includes(message.topic)) {
      if (!isAwaited) requestAnimationFrame(takeIn);
      isAwaited = true;
      arrived[message.topic] = message;
    } else if (TOPICS[message.topic]) TOPICS[message.topic].value = message;
  },
});

export function send(kind, fields = {}) {
  socket.send({ kind, ...fields });
}

// A new experiment; what is wrong with it comes back as an error at its field, and the old one goes on.
export function configure(changed) {
  // On side B an empty value says that there is none; on side A that it is as the recipe has it.
  const clean = Object.fromEntries(Object.entries(changed).filter(([name, value]) => value !== "" || name === "b" || name.startsWith("b.")));
  values.value = clean;
  errors.value = {};
  send("configure", { values: clean });
}

export function set(name, value) {
  const own = side.value === "b" && !["data", "seeds", "epochs", "first_seed", "validation"].includes(name);
  configure({ ...values.value, [own ? `b.${name}` : name]: value });
}

// The value of a setting on the side that is edited: as typed, else what the recipe has.
export function get(name) {
  const typed = values.value;
  if (side.value === "b" && typed[`b.${name}`] !== undefined) return typed[`b.${name}`];
  return typed[name];
}

export function hasB() {
  return Object.keys(values.value).some((name) => name === "b" || name.startsWith("b."));
}

export function addB() {
  side.value = "b";
  configure({ ...values.value, b: "" });
}

export function removeB() {
  side.value = "a";
  configure(Object.fromEntries(Object.entries(values.value).filter(([name]) => name !== "b" && !name.startsWith("b."))));
}

export function lookAt(fields) {
  if (fields.side !== undefined) side.value = fields.side;
  if (fields.seed !== undefined) seed.value = fields.seed;
  if (fields.at !== undefined) at.value = fields.at;
  watch();
}

export function watch() {
  const isPlane = experiment.value?.data.is_plane;
  const topics = ["curves", "confusion", "verdict", "scrubber", "layers", "filters", isPlane ? "plane" : "maps"];
  send("watch", { topics, side: side.value, seed: seed.value, at: at.value });
}

function begin(message) {
  arrived = {};
  const isOther = experiment.value?.data.name !== message.data.name || experiment.value?.fragment !== message.fragment;
  experiment.value = message;
  values.value = accepted = parse(message.fragment);
  for (const topic of isOther ? [maps, filters, plane, layers, confusion, gallery, lesion, weight, answer, rates, rateMap] : []) topic.value = null;
  at.value = null;
  if (!message.sides[side.value]) side.value = "a";
  history.replaceState(null, "", `/#${message.fragment}${hidden.value.length ? `&hide=${hidden.value.join(",")}` : ""}`);
  watch();
}

// The form shows again what trains; what was refused stays in its field with the reason.
function fail(message) {
  values.value = accepted;
  errors.value = { ...errors.value, [message.field || "page"]: message.message };
}

addEventListener("hashchange", () => configure(fromAddress()));
