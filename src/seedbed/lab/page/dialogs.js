// What lies over the page: images of a cell, the experiment in four forms, its report.
import { html, signal, useEffect, useRef } from "./html.js";
import { experiment, forms, gallery, hidden, report, send, errors } from "./store.js";
import { drawPicture } from "./pixels.js";
import { t } from "./words.js";

const opened = signal(null);

export function openDialog(name) {
  opened.value = name;
}

export function Dialogs() {
  const dialog = useRef();
  useEffect(() => {
    if (opened.value) dialog.current.showModal();
    else dialog.current?.close();
  }, [opened.value]);
  const close = () => (opened.value = null);
  const Inside = { gallery: Gallery, forms: Forms, report: Report }[opened.value];
  return html`<dialog ref=${dialog} onClose=${close} onClick=${(event) => event.target === dialog.current && close()} aria-label=${t(opened.value ?? "dialog")}>
    ${Inside && html`<button class="close" aria-label=${t("Close")} onClick=${close}>×</button><${Inside} />`}
  </dialog>`;
}

function Gallery() {
  const found = gallery.value;
  const classes = experiment.value.data.classes;
  if (!found) return html`<p>${t("loading …")}</p>`;
  const item = found.items?.[0];
  const title = found.group ? t(`${found.group} wrong`) : t("{truth} taken for {answer}", { truth: classes[found.truth], answer: classes[found.answer] });
  return html`
    <h2>${title} <small>${t("{n} of {total} test images", { n: found.about.length, total: found.total.toLocaleString("en") })}</small></h2>
    ${!found.total && html`<p>${t("None.")}</p>`}
    <div class="gallery">${found.about.map((about, n) => html`<${Picture} key=${about.image} about=${about} item=${item} n=${n} classes=${classes} />`)}</div>
  `;
}

function Picture({ about, item, n, classes }) {
  const canvas = useRef();
  useEffect(() => {
    const [, ...shape] = item.shape;
    const size = shape.reduce((a, b) => a * b, 1);
    if (shape[1] > 1) drawPicture(canvas.current, item.pixels.subarray(n * size, (n + 1) * size), shape);
  }, [item, n]);
  const answers = [...new Set(about.answers)].map((answer) => classes[answer]).join(", ");
  return html`<button onClick=${() => (send("pin", { image: about.image }), (opened.value = null))} title=${t("Pin this image")}><canvas ref=${canvas} width="28" height="28"></canvas><small>${classes[about.truth]} → ${answers}</small></button>`;
}

const HIDEABLE = ["recipe", "data", "speed", "draw", "tools", "confusion", "share"];

function Forms() {
  const found = forms.value;
  if (!found) return html`<p>${t("loading …")}</p>`;
  const link = `${location.origin}/#${found.address}${hidden.value.length ? `&hide=${hidden.value.join(",")}` : ""}`;
  const rows = [
    [t("Address"), link],
    [t("Command"), found.command],
    ["Python", found.python],
    [t("Study file (TOML)"), found.study],
  ];
  const toggle = (name) => (hidden.value = hidden.value.includes(name) ? hidden.value.filter((one) => one !== name) : [...hidden.value, name]);
  return html`
    <h2>${t("The same experiment elsewhere")}</h2>
    <p>${t("Each form gives the same runs, bit for bit, as long as nobody reached in while they trained.")}</p>
    ${rows.map(([name, text]) => html`<section class="form"><h3>${name} <button class="quiet" onClick=${() => navigator.clipboard.writeText(text)}>${t("copy")}</button></h3><pre tabindex="0">${text}</pre></section>`)}
    <fieldset><legend>${t("For a class: hide parts of the page in the address")}</legend>${HIDEABLE.map((name) => html`<label class="check"><input type="checkbox" checked=${hidden.value.includes(name)} onChange=${() => toggle(name)} />${t(name)}</label>`)}</fieldset>
  `;
}

function Report() {
  const found = report.value;
  if (errors.value.report) return html`<p class="problem" role="alert">${errors.value.report}</p>`;
  if (!found) return html`<p>${t("writing the report …")}</p>`;
  return html`<h2>${t("Report")}</h2><p>${t("It lies in")}</p><pre tabindex="0">${found.path}</pre>`;
}
