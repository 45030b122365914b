// A workbook or CSV file: sent, followed while it is scored, its first rows shown, and fetched with the answers.

import { element } from "./answers.js";
import { Refused, call } from "./api.js";
import { threshold } from "./threshold.js";
import { inEveryLanguage, number, say } from "./words.js";

const BETWEEN_LOOKS = 700;
const AFTER_A_FAILURE = 3000;
const STATES = {
  sending: "web.job_sending", waiting: "web.job_waiting", reading: "web.job_reading", scoring: "web.job_scoring",
  done: "web.job_done", failed: "web.job_failed",
};
const byId = (id) => document.getElementById(id);
const [drop, file, job, progress] = ["drop", "file", "job", "job-progress"].map(byId);
const most = Number(document.body.dataset.uploadMb);
let current = null; // the job that is shown
let working = false;

function drawJob() {
  job.hidden = current === null;
  if (current === null) return;
  const { state, rows, done, scored, name } = current;
  const ended = state === "done" || state === "failed";
  const values = { name, rows: number(rows ?? 0), done: number(done), scored: number(scored ?? 0) };
  byId("job-status").textContent = say(STATES[state === "scoring" && !rows ? "reading" : state], values);
  progress.hidden = ended;
  if (rows && done) {
    progress.max = rows;
    progress.value = done;
  } else progress.removeAttribute("value");
  byId("job-cancel").hidden = ended || state === "sending";
  byId("job-download").hidden = state !== "done";
  drawTable(current.preview);
}

function drawTable(preview) {
  byId("job-scroll").hidden = !preview;
  if (!preview) return;
  byId("job-caption").textContent = say("web.first_rows", { count: number(preview.rows.length), sheet: preview.sheet });
  const [head, body] = ["thead", "tbody"].map((part) => job.querySelector(part));
  head.replaceChildren(element("tr", {}, ...preview.columns.map((text) => element("th", { scope: "col", text }))));
  body.replaceChildren(...preview.rows.map((row) => element("tr", {}, ...row.map((text) => element("td", { text })))));
}

function show(error) {
  byId("file-error").textContent = error;
  byId("file-error").hidden = !error;
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** The job as it is now; asked again as long as the server cannot be reached, since it goes on meanwhile. */
async function followed(id) {
  for (let time = BETWEEN_LOOKS; ; time = AFTER_A_FAILURE) {
    await pause(time);
    try {
      const found = await call(`/jobs/${id}`);
      show("");
      return found;
    } catch (error) {
      if (!(error instanceof Refused) || (error.status >= 400 && error.status < 500)) throw error;
      show(error.message);
    }
  }
}

async function score(given) {
  show("");
  if (working) return show(say("web.one_at_a_time"));
  if (!/\.(xlsx|csv)$/i.test(given.name)) return show(say("web.other_file", { name: given.name }));
  if (given.size > most * 2 ** 20) return show(say("web.file_too_large", { most }));
  working = true;
  current = { state: "sending", name: given.name, done: 0 };
  drawJob();
  try {
    const asked = new URLSearchParams({ name: given.name, threshold: threshold() });
    current = await call(`/jobs?${asked}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: given });
    while (drawJob(), current.state !== "done" && current.state !== "failed") {
      current = await followed(current.id);
    }
    if (current.error) {
      show([current.error.message, current.error.remedy].filter(Boolean).join("\n"));
      current = null;
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    current = null;
    show(error.message);
  } finally {
    working = false;
    drawJob();
  }
}

byId("job-download").addEventListener("click", async () => {
  const { id, result } = current; // another file may be given meanwhile
  try {
    const response = await call(`/jobs/${id}/result`, { raw: true });
    const address = URL.createObjectURL(await response.blob());
    element("a", { href: address, download: result }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    show(error.message);
  }
});

byId("job-cancel").addEventListener("click", async () => {
  if (!current?.id) return;
  try {
    await call(`/jobs/${current.id}`, { method: "DELETE", raw: true });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    show(error.message);
  }
});

file.addEventListener("change", () => {
  if (file.files.length) score(file.files[0]);
  file.value = "";
});
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const given = event.dataTransfer.files[0];
  if (given) score(given);
});
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
inEveryLanguage(() => {
  byId("file-hint").textContent = say("web.file_hint", { most });
  drawJob();
});
