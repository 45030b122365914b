// Requests to the server that this page comes from: in the language of the page, and with the key where one is asked for.

import { lang, say } from "./words.js";

const KEY = "storyflower.key";

/** A refusal, in words for people, with the status of the reply; 0 where there was none. */
export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** The JSON reply, or the response itself where `raw`; Refused where the server refuses or cannot be reached. */
export async function call(path, { raw = false, ...options } = {}) {
  const response = await sent(path, options);
  if (response.status === 401) {
    await askForKey();
    return call(path, { raw, ...options });
  }
  if (!response.ok) throw new Refused(await reasonOf(response), response.status);
  return raw ? response : response.json();
}

export const callJson = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function sent(path, options) {
  const headers = new Headers(options.headers);
  headers.set("Accept-Language", lang());
  const key = sessionStorage.getItem(KEY);
  if (key !== null) headers.set("Authorization", `Bearer ${key}`);
  try {
    return await fetch(path, { ...options, headers });
  } catch {
    throw new Refused(say("web.unreachable"));
  }
}

async function reasonOf(response) {
  try {
    const { message, remedy, where } = await response.json();
    const line = /^texts\[(\d+)\]$/.exec(where ?? "");
    const place = line ? `${say("web.line", { line: Number(line[1]) + 1 })}: ` : "";
    return place + [message, remedy].filter(Boolean).join("\n");
  } catch {
    return say("web.status", { status: response.status });
  }
}

let asking = null;

/** Ask for the key once, however many requests wait for it. */
function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("key");
    const field = document.getElementById("key-field");
    document.getElementById("key-error").hidden = sessionStorage.getItem(KEY) === null;
    field.value = "";
    dialog.showModal();
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      sessionStorage.setItem(KEY, field.value.replace(/[^ -~]/g, "?")); // headers hold ASCII
      asking = null;
      resolve();
    }, { once: true });
  });
  return asking;
}
