// What a page gains by script; it works without.
"use strict";

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
