// What a page gains by script; it works without.
"use strict";
document.documentElement.classList.add("scripted");

// After a problem its summary is read first; after a check, what it found.
const focusFirst = () => (document.getElementById("problem") || document.getElementById("found"))?.focus();
focusFirst();

// A form is sent once, however often its button is clicked; the server would answer alike anyway.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  leaving = true;
  const button = event.submitter || event.target.querySelector("button:not([type=button])");
  button?.setAttribute("aria-busy", "true");
  setTimeout(() => {
    for (const each of event.target.querySelectorAll("button")) each.disabled = true;
  }, 0);
});

// Coming back by the browser's own button, forms can be sent again.
window.addEventListener("pageshow", (event) => {
  leaving = false;
  if (event.persisted) {
    stream = null;
    listen();
  }
  for (const button of document.querySelectorAll("button:disabled")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

// Live: when something has happened the page's main part is drawn again, but never under somebody's hands.
let leaving = false;
let typed = false;
let drawing = false;
document.addEventListener("input", (event) => {
  if (event.target.form?.method === "post") typed = true;
});

const body = document.body;
const say = (words) => {
  document.getElementById("news").textContent = words;
};

const busy = () => {
  const focused = document.activeElement;
  return typed || leaving || Boolean(document.getElementById("problem") || document.getElementById("found"))
    || Boolean(focused?.closest("main form"));
};

async function draw() {
  if (drawing || leaving) return;
  if (busy()) {
    document.getElementById("changed").hidden = false;
    return;
  }
  drawing = true;
  try {
    const address = new URL(location.href);
    address.searchParams.delete("done");
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh || busy()) return;
    const main = document.getElementById("main");
    const open = new Set([...main.querySelectorAll("details[open] > summary")].map((one) => one.textContent));
    for (const summary of fresh.querySelectorAll("details > summary")) {
      if (open.has(summary.textContent)) summary.parentElement.open = true;
    }
    const focused = document.activeElement?.getAttribute("href");
    main.replaceChildren(...fresh.childNodes);
    body.dataset.events = page.body.dataset.events;
    if (focused) main.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    say(body.dataset.refreshed);
  } catch {
    // The next news tries again.
  } finally {
    drawing = false;
  }
}

// The stream is closed while nobody looks, so that many open tabs do not use up the browser's connections.
let stream = null;
function listen() {
  const address = body.dataset.events;
  if (!address) return;
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    stream = new EventSource(address);
    stream.addEventListener("moved", draw);
  }
}
document.addEventListener("visibilitychange", listen);
window.addEventListener("pagehide", () => stream?.close());
listen();

// Forms that are looked at field by field, whose fields follow a country, and of which a draft is kept: all by requests
// that the buttons of a browser without script make, too. Files wait until the step is finished.
const typedIn = (form, more = {}) => {
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  return fields;
};

const send = (address, fields, accept) =>
  fetch(address, { method: "POST", body: fields, headers: { Accept: accept } }).catch(() => null);

function mark(field, wrong) {
  const id = `${field.id}-error`;
  let error = document.getElementById(id);
  if (!error && wrong) {
    error = document.createElement("span");
    error.id = id;
    error.className = "error";
    field.after(error);
  }
  if (error) error.textContent = wrong;
  const others = (field.getAttribute("aria-describedby") || "").split(" ").filter((one) => one && one !== id);
  field.setAttribute("aria-describedby", [...others, ...(wrong ? [id] : [])].join(" "));
  if (wrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

async function check(field) {
  const form = field.form;
  if (!field.value.trim()) return mark(field, "");
  const answer = await send(form.dataset.check, typedIn(form, { _field: field.name }), "application/json");
  if (!answer?.ok || !field.isConnected) return;
  const found = await answer.json();
  mark(field, found.wrong);
  const bank = form.elements["bank.institution"];
  if (found.bank && bank && (!bank.value.trim() || bank.dataset.found === bank.value)) {
    bank.value = bank.dataset.found = found.bank;
  }
}

async function refresh(field) {
  const form = field.form;
  const answer = await send(form.querySelector("[data-refresh]").formAction, typedIn(form), "text/html");
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("by-country");
  if (fresh) document.getElementById("by-country").replaceChildren(...fresh.childNodes);
  say(document.body.dataset.follows);
}

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.form) return;
  if (field.matches("[data-refreshes]")) refresh(field);
  if (field.form.matches("[data-check]") && field.matches("input:not([type=file], [type=checkbox]), select, textarea")) {
    check(field);
  }
  if (field.form.matches("[data-draft]")) {
    send(field.form.dataset.draft, typedIn(field.form, { _quietly: "true" }), "application/json");
  }
});

// What was typed when there was no session any more waits in this tab alone, until somebody has signed in.
const KEPT = "kept-form";
document.getElementById("sign-in")?.addEventListener("click", (event) => {
  const form = document.getElementById("kept");
  if (!form) return;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...new FormData(form)]));
    event.currentTarget.removeAttribute("target");
  } catch {
    // Without storage it is done as without script: in a new tab.
  }
});
if ("signedIn" in document.body.dataset && sessionStorage.getItem(KEPT)) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/kept";
  for (const [name, value] of JSON.parse(sessionStorage.getItem(KEPT))) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  sessionStorage.removeItem(KEPT);
  document.body.append(form);
  form.submit();
}
