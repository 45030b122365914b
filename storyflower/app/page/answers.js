// One answer as a part of the page: the text, the label with its confidence, the bars, and the correction.

import { Refused, callJson } from "./api.js";
import { labelName, percent, say } from "./words.js";

const COLOURS = { 기쁨: "joy", 슬픔: "sadness", 분노: "anger", 불안: "anxiety", 당황: "confusion", 상처: "hurt" };
const MOST_BARS = 8;
const SHOWN_OF_MANY = 6;

export function element(name, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

const bestOf = (answer) => answer.best_guess ?? answer.label;

/** What is said of an answer: its label, or that the model is unsure and what it guesses. */
export function verdict(answer, threshold) {
  const best = labelName(bestOf(answer));
  if (answer.confidence >= threshold) return { label: best, unsure: false };
  return { label: labelName("불확실"), unsure: true, guess: say("web.guess", { label: best }) };
}

/** The card of an answer; `threshold()` is the one in force, and the card is drawn anew by `card.draw()`. */
export function cardOf(text, answer, model, threshold) {
  const label = element("span", { class: "label" });
  const sure = element("span", { class: "sure" });
  const verdictLine = element("p", { class: "verdict" }, label, sure);
  const bars = element("ul", { class: "bars" });
  const note = element("p", { class: "note" });
  const card = element("li", {}, element("p", { class: "text", lang: "ko", text }), verdictLine, bars);
  const correction = correctionOf(text, answer, model, threshold);
  correction.append(note);
  card.append(correction);
  card.draw = () => {
    const { label: name, unsure, guess } = verdict(answer, threshold());
    label.textContent = name;
    verdictLine.classList.toggle("unsure", unsure);
    const shown = say("web.confidence", { share: percent(answer.confidence) });
    sure.textContent = unsure ? `${guess} · ${shown}` : shown;
    drawBars(bars, answer);
    note.textContent = [
      answer.truncated ? say("web.truncated") : "",
      say("web.answered_by", { version: model.version }),
    ].filter(Boolean).join(" · ");
    correction.draw();
  };
  return card;
}

function drawBars(list, answer) {
  let shares = Object.entries(answer.probabilities);
  if (shares.length > MOST_BARS) shares = shares.sort((a, b) => b[1] - a[1]).slice(0, SHOWN_OF_MANY);
  const longest = Math.max(...shares.map(([label]) => labelName(label).length));
  list.className = `bars ${longest > 5 ? "long" : "short"}`;
  list.replaceChildren(...shares.map(([label, share]) => {
    const name = labelName(label);
    const fill = element("i");
    fill.style.width = `${share * 100}%`;
    const bar = element("span", {
      class: `bar ${COLOURS[label.split("/")[0]] ?? ""}`,
      role: "meter", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-valuenow": (share * 100).toFixed(1), "aria-valuetext": percent(share), "data-label": label, "data-share": share,
    }, fill);
    const row = element("li", {},
      element("span", { text: name, "aria-hidden": true }), bar, element("span", { class: "share", text: percent(share), "aria-hidden": true }));
    if (label === bestOf(answer)) row.className = "best";
    return row;
  }));
}

function correctionOf(text, answer, model, threshold) {
  const open = element("button", { type: "button", class: "quiet wrong", "aria-expanded": "false" });
  const choice = element("select");
  const save = element("button", { type: "button" });
  const form = element("span", { class: "correct" }, choice, save);
  const said = element("span", { role: "status", class: "note" });
  const labels = Object.keys(answer.probabilities);
  choice.append(element("option", { value: "" }), ...labels.map((label) => element("option", { value: label })));
  form.hidden = true;
  let kept = null;
  const whole = element("div", { class: "correct" }, open, form, said);
  whole.draw = () => {
    open.textContent = say("web.wrong");
    save.textContent = say("web.save_correction");
    choice.setAttribute("aria-label", say("web.right_label"));
    for (const option of choice.options) {
      option.textContent = option.value ? labelName(option.value) : say("web.right_label");
      // What is answered need not be confirmed, unless the model is unsure or another label has been saved.
      option.hidden = option.disabled = option.value === bestOf(answer) && answer.confidence >= threshold() && !kept;
    }
    if (kept) said.textContent = say("web.corrected", { label: labelName(kept) });
  };
  open.addEventListener("click", () => {
    form.hidden = !form.hidden;
    open.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) choice.focus();
  });
  save.addEventListener("click", async () => {
    if (!choice.value) {
      choice.focus();
      return;
    }
    save.disabled = true;
    try {
      const given = answer.confidence >= threshold() ? bestOf(answer) : "불확실";
      await callJson("/corrections", { text, answer: given, right: choice.value, model: model.name, version: model.version });
      kept = choice.value;
      said.className = "note";
      whole.draw();
      form.hidden = true;
      open.setAttribute("aria-expanded", "false");
      open.focus();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      said.className = "error";
      said.textContent = error.message;
    } finally {
      save.disabled = false;
    }
  });
  return whole;
}
