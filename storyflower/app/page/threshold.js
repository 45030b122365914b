// The threshold in force: the server's own until the slider is moved, which has whole percents.

import { percent } from "./words.js";

const slider = document.getElementById("threshold");
let chosen = Number(document.body.dataset.threshold);
slider.value = Math.round(chosen * 100);

export const threshold = () => chosen;

export const drawThreshold = () => {
  const whole = Math.abs(chosen * 100 - slider.value) < 1e-6;
  document.getElementById("threshold-value").textContent = percent(chosen, whole ? 0 : 1);
};

/** Call a function when the slider has been moved. */
export const onThreshold = (moved) => slider.addEventListener("input", () => {
  chosen = slider.value / 100;
  moved();
});
