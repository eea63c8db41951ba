// What the staff's desk gains by script: keys, and some seconds in which a decision can be taken back.
"use strict";

const PENDING = "decisions";
const pending = () =>
  JSON.parse(sessionStorage.getItem(PENDING) || "[]").filter((one) => one.by === document.body.dataset.by);
const keep = (decisions) => sessionStorage.setItem(PENDING, JSON.stringify(decisions));
const forget = (one) => keep(pending().filter((each) => each.key !== one.key));

// A decision by which no money moves is sent when its seconds are over; earlier, when its page is left other than for the
// next case. Its key makes a second sending harmless, so what was sent while leaving is asked about once more.
let goingOn = false;
async function carryOut(one) {
  const answer = await fetch(one.address, {
    method: "POST", body: new URLSearchParams(one.fields), headers: { Accept: "text/html" }, keepalive: true,
  }).catch(() => null);
  forget(one);
  const bar = document.getElementById(`undo-${one.key}`);
  if (answer?.status === 204) return bar?.remove();
  tell(one, true);
}

function tell(one, failed) {
  document.getElementById(`undo-${one.key}`)?.remove();
  const bar = document.createElement("div");
  bar.id = `undo-${one.key}`;
  bar.className = `note undo ${failed ? "bad" : "good"}`;
  bar.setAttribute("role", failed ? "alert" : "status");
  const words = document.createElement("p");
  words.textContent = `${document.body.dataset[failed ? "undecided" : "decided"]} ${one.said} (${one.of})`;
  bar.append(words);
  if (failed) {
    const link = document.createElement("a");
    link.href = one.address;
    link.textContent = document.body.dataset.openCase;
    bar.append(link);
  } else {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "secondary outline";
    button.textContent = document.body.dataset.undo;
    button.addEventListener("click", () => undo(one));
    bar.append(button);
  }
  document.getElementById("main").prepend(bar);
}

function undo(one) {
  if (!one) return;
  clearTimeout(timers.get(one.key));
  forget(one);
  location.assign(one.address);
}

const timers = new Map();
for (const one of pending()) {
  if (one.sent) {
    carryOut(one);
  } else {
    tell(one, false);
    timers.set(one.key, setTimeout(() => carryOut(one), Math.max(0, one.due - Date.now())));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-undo]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const fields = [...new FormData(form, event.submitter || form.querySelector("button[name=action]"))];
  const one = {
    key: form.elements._key.value,
    address: location.pathname + location.search,
    fields: [...fields, ["_quietly", "true"]],
    by: document.body.dataset.by,
    said: form.dataset.said,
    of: form.dataset.of,
    due: Date.now() + Number(form.dataset.undo) * 1000,
  };
  keep([...pending(), one]);
  goingOn = true;
  location.assign(form.dataset.next);
}, true);

window.addEventListener("pagehide", () => {
  if (goingOn) return;
  const left = pending();
  for (const one of left) {
    navigator.sendBeacon(one.address, new URLSearchParams(one.fields));
    one.sent = true;
  }
  keep(left);
});
window.addEventListener("pageshow", () => {
  goingOn = false;
});

// Keys: never while something is being typed, and never together with others.
const go = (id) => document.getElementById(id)?.click();
document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (plain && event.target.closest("a[data-case], #next-case, #to-queue")) goingOn = true;
});
const cases = () => [...document.querySelectorAll("a[data-case]")];

function step(by) {
  const all = cases();
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  next?.focus();
}

function choose() {
  document.activeElement?.closest("tr")?.querySelector("input[name=case]")?.click();
}

function approve() {
  const form = document.querySelector("form[data-verdict=approves]");
  const button = form?.querySelector("button[name=action]");
  if (!form) return;
  if (form.dataset.undo) form.requestSubmit(button);
  else (form.querySelector("input[name=_sure]") || button).focus();
}

let refused = -1;
function refuse() {
  const forms = document.querySelectorAll("form[data-verdict=refuses]");
  if (!forms.length) return;
  refused = (refused + 1) % forms.length;
  forms[refused].querySelector("select[name=code]")?.focus();
}

function showKeys() {
  const keys = document.getElementById("keys");
  if (!keys) return;
  keys.open = !keys.open;
  if (keys.open) keys.querySelector("summary").focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: choose,
  a: approve,
  r: refuse,
  n: () => go("next-case"),
  q: () => go("to-queue"),
  u: () => undo(pending().at(-1)),
  "?": showKeys,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target;
  const form = field.closest?.("form[data-verdict]");
  if (event.key === "Escape" && field.closest?.("form")) return field.blur();
  if (event.key === "Enter" && form && field.matches("select")) {
    event.preventDefault();
    return form.requestSubmit(form.querySelector("button[name=action]"));
  }
  if (event.key === "r" && field.matches?.("select[name=code]") && !field.value) {
    event.preventDefault();
    return refuse();
  }
  if (field.matches?.("input:not([type=checkbox]), select, textarea")) return;
  const done = KEYS[event.key];
  if (!done) return;
  event.preventDefault();
  done();
});
