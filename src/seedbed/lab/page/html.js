// Preact with htm: templates without a build step.
import { h, render } from "./vendor/preact.js";
import htm from "./vendor/htm.js";
import "./vendor/signals.js";

export const html = htm.bind(h);
export { render };
export { useEffect, useLayoutEffect, useRef, useState, useMemo } from "./vendor/hooks.js";
export { signal, computed, effect, batch } from "./vendor/signals-core.js";
