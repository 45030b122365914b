// The page: texts are asked about, and the last answers stay until it is closed.

import { cardOf, verdict } from "./answers.js";
import { Refused, call, callJson } from "./api.js";
import "./files.js";
import { date, inEveryLanguage, percent, say } from "./words.js";

const KEPT = 20;
const byId = (id) => document.getElementById(id);
const [texts, slider, answers, button] = ["texts", "threshold", "answers", "ask-button"].map(byId);
let model = null;
slider.value = Math.round(document.body.dataset.threshold * 100);

const threshold = () => slider.value / 100;

function drawModel() {
  byId("model").hidden = model === null;
  if (model === null) return;
  byId("model-text").textContent = say("web.model", { name: model.name, version: model.version, date: date(model.created) });
  byId("demo").hidden = byId("demo-note").hidden = !model.demo;
}

function showError(message) {
  byId("ask-error").textContent = message;
  byId("ask-error").hidden = !message;
}

function drawAnswers() {
  byId("threshold-value").textContent = percent(threshold(), 0);
  for (const card of answers.children) card.draw();
}

async function ask() {
  const lines = texts.value.split("\n").filter((line) => line.trim());
  showError("");
  if (!lines.length) {
    showError(say("web.no_text"));
    texts.focus();
    return;
  }
  button.disabled = true;
  byId("status").textContent = say("web.asking");
  try {
    const reply = await callJson("/predict", { texts: lines, threshold: threshold() });
    model = reply.model;
    drawModel();
    const cards = lines.map((text, place) => cardOf(text, reply.predictions[place], reply.model, threshold));
    answers.prepend(...cards);
    while (answers.children.length > Math.max(KEPT, cards.length)) answers.lastElementChild.remove();
    drawAnswers();
    byId("status").textContent = reply.predictions.map((answer, place) => {
      const { label, guess } = verdict(answer, threshold());
      return `${lines[place]}: ${[label, guess, percent(answer.confidence)].filter(Boolean).join(", ")}`;
    }).join("\n");
    texts.select();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    byId("status").textContent = "";
    showError(error.message);
  } finally {
    button.disabled = false;
  }
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
texts.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return; // Korean that is being composed ends first
  event.preventDefault();
  if (!button.disabled) ask();
});
slider.addEventListener("input", drawAnswers);
inEveryLanguage(() => {
  drawModel();
  drawAnswers();
});

try {
  model ??= (await call("/version")).model;
  drawModel();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  showError(error.message);
}
