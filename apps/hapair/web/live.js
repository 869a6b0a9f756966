// News each second, and orders.

const LATE = 3500; // ms without news after which the page says so
const PAUSES = [1000, 2000, 4000, 8000, 15000];
let failures = 0;
let heard = Date.now();
let asking = null;
let wasStale = false;

// With the origin: a page whose address had a user and password in it may ask for nothing that is
// relative to that.
const base = location.origin + location.pathname + location.search.replace(/;.*/, "");

function showLife() {
  const silent = Date.now() - heard;
  const stale = silent > LATE;
  document.body.classList.toggle("is-stale", stale);
  const banner = byId("stale");
  if (stale) {
    chip(byId("live"), "warn", `Stale, ${age(silent)}`);
    say(banner, `No word from ${state.node.name} for ${age(silent)}. What is below is as it was `
      + "then; asking again.");
  } else {
    chip(byId("live"), "good", "Live");
  }
  banner.hidden = !stale;
  if (stale === wasStale) return;
  wasStale = stale;
  announce(stale ? banner.textContent : `There is word from ${state.node.name} again.`);
}

async function ask() {
  if (document.hidden) return; // asked again when it is seen
  const target = `${base};json;run=${encodeURIComponent(state.run)};since=${state.sample}`;
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), 5000);
  let pause = 1000;
  try {
    const answer = await fetch(target, { cache: "no-store", signal: cut.signal });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const told = await answer.json();
    state.token = answer.headers.get("X-Hapair-Token") ?? "";
    take(told);
    heard = Date.now();
    failures = 0;
    // Behind the next sample, and not all pages at once.
    pause = (Number(answer.headers.get("X-Hapair-Next")) || 0) + 20 + Math.random() * 120;
  } catch {
    pause = PAUSES[Math.min(failures++, PAUSES.length - 1)];
  } finally {
    clearTimeout(timer);
  }
  showLife();
  again(pause);
}

function again(pause) {
  clearTimeout(asking);
  asking = setTimeout(ask, pause);
}

function notice(kind, text) {
  const place = byId("notice");
  put(place, "class", `banner ${kind}`);
  say(place, text);
  place.hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => (place.hidden = true), 8000);
}

function confirmed(title, text) {
  const dialog = byId("ask");
  say(byId("ask-title"), title);
  say(byId("ask-text"), text);
  dialog.returnValue = "no";
  dialog.showModal();
  byId("ask-no").focus();
  return new Promise((settle) => dialog.addEventListener("close",
    () => settle(dialog.returnValue === "yes"), { once: true }));
}

async function give(order, title, text) {
  if (!await confirmed(title, text)) return;
  const parts = Object.entries(order).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  try {
    const answer = await fetch(`${base};${parts.join(";")}`, { method: "POST", cache: "no-store",
      headers: { "X-Hapair-Token": state.token } });
    const told = await answer.json();
    if (answer.ok) notice("good", `Done: ${told.done} for ${told.subject}`);
    else notice("bad", `Refused: ${told.error.message}; ${told.error.remedy}`);
  } catch {
    notice("bad", "No answer to the order; see below what became of it");
  }
  again(0);
}

function begin() {
  byId("app").hidden = false;
  take(JSON.parse(byId("document").textContent));
  byId("document").remove();
  byId("filter").addEventListener("input", (event) => {
    state.filter = event.target.value.trim().toLowerCase();
    showBackends(false);
  });
  byId("filter").form.addEventListener("submit", (event) => event.preventDefault());
  byId("troubled").addEventListener("change", (event) => {
    state.troubled = event.target.checked;
    showBackends(false);
  });
  byId("fold").addEventListener("click", () => {
    const open = [...blocks.values()].some((block) => block.element.open);
    for (const block of blocks.values()) block.element.open = !open;
  });
  for (const range of ["seconds", "minutes"]) {
    byId(`range-${range}`).addEventListener("click", () => {
      state.range = range;
      for (const each of ["seconds", "minutes"]) {
        put(byId(`range-${each}`), "aria-pressed", String(each === range));
      }
      show(false);
    });
  }
  document.addEventListener("visibilitychange", () => document.hidden || again(0));
  setInterval(showLife, 1000);
  showLife();
  again(200);
}

begin();
