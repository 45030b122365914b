// The page: texts are asked about, and the last answers stay until it is closed.

import { cardOf, verdict } from "./answers.js";
import { Refused, call, callJson } from "./api.js";
import "./files.js";
import { drawThreshold, onThreshold, threshold } from "./threshold.js";
import { date, inEveryLanguage, percent, say } from "./words.js";

const KEPT = 20;
const byId = (id) => document.getElementById(id);
const [texts, answers, button] = ["texts", "answers", "ask-button"].map(byId);
let model = null;

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
  drawThreshold();
  for (const card of answers.children) card.draw();
}

async function ask() {
  const asked = texts.value;
  const lines = asked.split("\n").filter((line) => line.trim());
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
    if (texts.value === asked) texts.select(); // else the next texts are being typed
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
onThreshold(drawAnswers);
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
