// What is known, and the page that shows it.

const REQUESTS = 0, SESSIONS = 1, IN = 2, OUT = 3, ERRORS = 4, P50 = 5, P95 = 6, P99 = 7;
const SERVER_ERRORS = 2, SERVER_TIME = 3;
const KEPT = { seconds: 300, minutes: 360, servers: 120 };
const SAID_ALONE = 3; // news of a moment that are said one by one
const ROWS = 100; // servers of a backend that are shown until more are asked for

const state = { run: "", sample: 0, vips: [], peers: [], node: {}, ready: { ready: true },
  frontends: new Map(), backends: new Map(), events: [], token: "", range: "seconds",
  filter: "", troubled: false, first: true };
const watch = new Watch();

// A number stands for so many more of what is in front of it.
function unpacked(list) {
  const samples = [];
  for (const each of list ?? []) {
    if (Array.isArray(each)) samples.push(each);
    else for (let again = 0; again < each; ++again) samples.push(samples[samples.length - 1]);
  }
  return samples;
}

function keep(list, more, most) {
  list.push(...more);
  if (list.length > most) list.splice(0, list.length - most);
}

const last = (samples, figure) => (samples.length ? samples[samples.length - 1][figure] ?? 0 : 0);
const series = (samples, figure) => samples.map((sample) => sample[figure]);

function announce(text) {
  const said = byId("said");
  said.append(make("p", {}, text));
  while (said.children.length > 20) said.firstChild.remove();
}

// Many at once are one sentence: who hears them could not stop them.
function announceAll(texts, together) {
  if (texts.length > SAID_ALONE) announce(together());
  else texts.forEach(announce);
}

// Taking a document in.

function takeProxies(known, list, fresh, news) {
  const names = new Set(list.map((each) => each.name));
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  for (const each of list) {
    const before = fresh ? null : known.get(each.name);
    const proxy = before ?? { seconds: [], minutes: [], servers: new Map() };
    keep(proxy.seconds, unpacked(each.seconds), KEPT.seconds);
    keep(proxy.minutes, unpacked(each.minutes), KEPT.minutes);
    const { seconds, minutes, servers, ...told } = each;
    Object.assign(proxy, told);
    known.set(each.name, proxy);
    if (servers) takeServers(proxy, servers, !before, news);
  }
}

function takeServers(backend, list, fresh, news) {
  const told = new Set();
  for (const [place, name, address, kind, word, reason, weight, given, backup, since, limit, queue,
    samples] of list) {
    if (name === undefined) {
      backend.servers.delete(place);
      continue;
    }
    told.add(place);
    let server = backend.servers.get(place);
    const same = server && server.name === name && !fresh;
    if (same && server.kind !== kind) {
      news.push({ kind, text: `${backend.name}/${name} is ${word}${reason ? `: ${reason}` : ""}` });
      server.fresh = true;
    }
    if (!same) server = { samples: [] };
    Object.assign(server,
      { place, name, address, kind, word, reason, weight, given, backup, since, limit, queue });
    keep(server.samples, unpacked(samples), KEPT.servers);
    backend.servers.set(place, server);
  }
  // The others are as they were.
  for (const [place, server] of backend.servers) {
    if (told.has(place) || fresh) continue;
    const latest = server.samples[server.samples.length - 1];
    if (latest) keep(server.samples, Array(state.step).fill(latest), KEPT.servers);
  }
}

function announceServers(news) {
  announceAll(news.map((each) => each.text), () => {
    const kinds = ORDER.map((kind) => [news.filter((each) => each.kind === kind).length, kind]);
    return `${several(news.length, "server")} changed: ${kinds.filter(([number]) => number)
      .map(([number, kind]) => `${count(number)} ${kind}`).join(", ")}`;
  });
}

function announceHolders(before) {
  const moved = state.vips.filter((vip) =>
    before.has(vip.name) && before.get(vip.name) !== vip.holder.node);
  announceAll(moved.map((vip) => (vip.holder.node ? `${vip.name} is now on ${vip.holder.node}`
    : `nobody is known to hold ${vip.name}`)), () => {
    const lost = moved.filter((vip) => !vip.holder.node).length;
    return `${several(moved.length, "VIP")} moved${lost ? `: nobody is known to hold ${count(lost)}`
      : ""}`;
  });
}

function take(told) {
  const fresh = told.since === 0 || told.run !== state.run;
  if (told.frontends === undefined) return;
  // Of two that were asked for at once the second tells again what the first has told.
  if (!fresh && told.since !== state.sample) return;
  state.step = Math.max(1, told.sample - told.since);
  const holders = new Map(state.vips.map((vip) => [vip.name, vip.holder.node]));
  for (const key of ["run", "sample", "node", "peers", "vips", "ready", "time"]) {
    state[key] = told[key];
  }
  state.skew = told.time - Date.now();
  const news = [];
  takeProxies(state.frontends, told.frontends, fresh, news);
  takeProxies(state.backends, told.backends, fresh, news);
  const known = fresh ? 0 : state.events.at(-1)?.number ?? 0;
  state.events = [...(fresh ? [] : state.events), ...told.events.filter((e) => e.number > known)];
  state.events.splice(0, Math.max(0, state.events.length - 60));
  announceServers(news);
  announceHolders(holders);
  show(fresh);
}

// The pair.

function nodesOf(vip) {
  const self = { name: state.node.name, self: true, role: vip.role, verdict: vip.verdict };
  const others = state.peers.map((peer) => {
    const seen = vip.others.find((each) => each.node === peer.name);
    return { name: peer.name, peer, role: seen?.role, verdict: seen?.verdict, could: seen?.could };
  });
  return [self, ...others].sort((a, b) => a.name.localeCompare(b.name));
}

function wordsOf(vip, node) {
  if (vip.holder.node === node.name) return "holds the VIP";
  if (node.self) {
    if (vip.maintenance) return "in maintenance";
    return node.verdict === "unfit" ? "could not take over" : "stands by, could take over";
  }
  if (!node.peer.heard) return "has not been heard";
  if (!node.peer.present) return `silent for ${age(node.peer.silent_ms)}`;
  if (node.role === undefined) return "does not know this VIP";
  return node.could ? "stands by, could take over" : `could not take over: ${node.verdict}`;
}

function nodeCard(vip, node) {
  const holds = vip.holder.node === node.name;
  const gone = node.peer && !node.peer.present;
  const symbol = holds ? "◆" : gone ? "✖" : "◇";
  return make("li", { class: `node${holds ? " holder" : ""}${gone ? " gone" : ""}` },
    make("div", { class: "name" }, make("span", { "aria-hidden": "true" }, symbol), node.name,
      node.self ? make("small", {}, "this node") : null),
    make("div", { class: "what" }, wordsOf(vip, node)));
}

function vipActions(vip) {
  if (!state.token) return null;
  const order = (word, label, question, off) => make("button", { type: "button", disabled: off,
    onclick: () => give({ order: word, vip: vip.name }, label, question) }, label);
  const takes = vip.others.some((each) => each.could);
  return make("div", { class: "actions" },
    vip.role === "master" ? order("step-down", `Step down from ${vip.name}`,
      "Running requests are finished first; then the peer takes the VIP.", !takes) : null,
    vip.maintenance ? order("ready", `End maintenance of ${vip.name}`,
      "This node takes part in the election again.")
      : order("maintenance", `Maintenance of ${vip.name}`,
        "This node leaves the election until that is taken back."));
}

const shown = new Map(); // what stands on the page, as text, by its place

// Builds anew only where something is another; what has the focus, or is open, is kept so.
function showIn(place, key, build) {
  if (shown.get(place.id) === key) return;
  shown.set(place.id, key);
  const open = new Set(Array.from(place.querySelectorAll("details[open]"),
    (each) => each.dataset.key));
  const held = place.contains(document.activeElement)
    ? document.activeElement.textContent : undefined;
  place.replaceChildren(...build());
  for (const each of place.querySelectorAll("details")) each.open = open.has(each.dataset.key);
  if (held === undefined) return;
  [...place.querySelectorAll("button, summary")].find((each) => each.textContent === held)?.focus();
}

function vipCard(vip) {
  const holder = vip.holder.node || vip.holder.address;
  return make("article", { class: `card vip${holder ? "" : " bad"}` },
    make("header", {}, make("h3", {}, vip.name),
      make("span", { class: "addresses" }, vip.addresses.join(" · ")),
      make("span", { class: `chip ${holder ? "holds" : "bad"}` },
        holder ? `on ${holder}` : "nobody holds it")),
    make("ul", { class: "nodes" }, ...nodesOf(vip).map((node) => nodeCard(vip, node))),
    make("details", { class: "why", "data-key": vip.name },
      make("summary", {}, vip.reason ? `Why: ${vip.reason}` : "Why"),
      make("ul", {}, ...vip.why.map((line) => make("li", {}, line)))),
    vipActions(vip));
}

function showVips() {
  const place = byId("vips");
  const told = state.vips.map(({ why, ...rest }) => rest);
  const peers = state.peers.map((peer) => ({ ...peer,
    silent_ms: peer.present ? 0 : Math.floor(peer.silent_ms / 1000) }));
  showIn(place, JSON.stringify([told, peers, state.token, state.node.name]), () => {
    const none = make("p", { class: "soft" }, "This node serves without a VIP.");
    if (!state.vips.length) return [none];
    return state.vips.map(vipCard);
  });
  // Why changes often, and alone: a list that is read stays.
  const lists = place.querySelectorAll(".why ul");
  state.vips.forEach((vip, at) => showWhy(lists[at], vip.why));
}

function showWhy(list, why) {
  if (list.children.length === why.length) why.forEach((line, at) => say(list.children[at], line));
  else list.replaceChildren(...why.map((line) => make("li", {}, line)));
}

// The traffic.

function cell(label, content, kind = "") {
  return make("td", { "data-label": label, class: kind || false, role: "cell" }, content);
}

function tableOf(caption, columns, hidden = false) {
  const body = make("tbody", { role: "rowgroup" });
  const heads = columns.map(([label, kind]) =>
    make("th", { scope: "col", role: "columnheader", class: kind || false }, label));
  const table = make("table", { role: "table" },
    make("caption", { class: hidden ? "hidden" : false }, caption),
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)), body);
  return { table, body };
}

const samplesOf = (proxy) => proxy[state.range];
const slotsOf = () => KEPT[state.range];

const totals = [
  { label: "Requests", figure: [REQUESTS], text: (n) => `${count(n)}/s` },
  { label: "Sessions", figure: [SESSIONS], text: count },
  { label: "Traffic", figure: [IN, OUT], text: (n) => `${bytes(n)}/s` },
  { label: "Errors", figure: [ERRORS], text: (n) => `${count(n)}/s`, kind: "errors" },
  { label: "Slowest frontend, p99", figure: [P99], text: time, most: true },
];

function sums(proxies, total) {
  const longest = Math.max(0, ...proxies.map((proxy) => samplesOf(proxy).length));
  return Array.from({ length: longest }, (_, at) => {
    let sum = 0;
    for (const proxy of proxies) {
      const samples = samplesOf(proxy);
      const sample = samples[samples.length - longest + at];
      if (!sample) continue;
      const value = total.figure.reduce((all, figure) => all + (sample[figure] ?? 0), 0);
      sum = total.most ? Math.max(sum, value) : sum + value;
    }
    return sum;
  });
}

function showTotals() {
  const proxies = [...state.frontends.values()];
  const place = byId("totals");
  if (!place.children.length) {
    for (const total of totals) {
      total.line = new Line(total.label, total.kind);
      total.value = make("span", {});
      place.append(make("div", { class: "card total" }, make("dt", {}, total.label),
        make("dd", {}, total.value, total.line.svg)));
    }
  }
  for (const total of totals) {
    const values = sums(proxies, total);
    say(total.value, total.text(values.at(-1) ?? 0));
    total.line.draw(values, slotsOf(), total.text);
  }
}

function frontendRow(proxy) {
  const row = make("tr", { role: "row" });
  const line = new Line(`Requests a second at ${proxy.name}`);
  const cells = {};
  const text = (key, label, kind) => (cells[key] = cell(label, "", kind));
  row.append(make("th", { scope: "row", role: "rowheader" }, proxy.name),
    text("state", "State", "text"), text("rate", proxy.mode === "tcp" ? "Conn/s" : "Req/s"),
    cell("History", line.svg, "text"), text("sessions", "Sessions"), text("traffic", "Traffic"),
    text("errors", "Errors/s"), text("p50", "p50"), text("p95", "p95"), text("p99", "p99"));
  const symbol = make("i", { "aria-hidden": "true" });
  const word = make("span", {});
  const status = make("span", { class: "state" }, symbol, word);
  cells.state.append(status);
  watch.add(row, () => line.draw(series(samplesOf(proxy), REQUESTS), slotsOf()));
  const update = () => {
    put(status, "class", `state ${proxy.open ? "up" : "unchecked"}`);
    say(symbol, proxy.open ? SYMBOLS.up : SYMBOLS.unchecked);
    say(word, proxy.open ? "open" : "closed");
    const s = proxy.seconds;
    say(cells.rate, count(last(s, REQUESTS)));
    say(cells.sessions, count(proxy.sessions));
    say(cells.traffic, `${bytes(last(s, IN) + last(s, OUT))}/s`);
    say(cells.errors, count(last(s, ERRORS)));
    put(cells.errors, "class", last(s, ERRORS) ? "down" : "none");
    say(cells.p50, time(last(s, P50)));
    say(cells.p95, time(last(s, P95)));
    say(cells.p99, time(last(s, P99)));
  };
  return { row, update };
}

let frontendRows = [];

function showFrontends(fresh) {
  const place = byId("frontends");
  const names = JSON.stringify([...state.frontends.keys()]);
  if (fresh || shown.get(place.id) !== names) {
    shown.set(place.id, names);
    const { table, body } = tableOf("Frontends", [["Frontend", "text"], ["State", "text"],
      ["Rate/s"], ["History", "text"], ["Sessions"], ["Traffic"], ["Errors/s"], ["p50"], ["p95"],
      ["p99"]]);
    frontendRows = [...state.frontends.values()].map(frontendRow);
    body.append(...frontendRows.map((each) => each.row));
    place.replaceChildren(make("div", { class: "card scroll" }, table));
  }
  for (const each of frontendRows) each.update();
}

// The signs above and below.

function showSigns() {
  document.title = `${state.node.name} · ${state.node.cluster} · hapair`;
  say(byId("cluster"), state.node.cluster || "hapair");
  say(byId("node"), state.node.name);
  const ready = byId("ready");
  const reasons = state.ready.reasons ?? [];
  chip(ready, state.ready.ready ? "good" : "warn", state.ready.ready ? "✓ Ready to serve"
    : `! Not ready: ${reasons.map((each) => `${each.subject} ${each.code.replace("_", " ")}`)
      .slice(0, 2).join(", ")}`);
  put(ready, "title", reasons.map((each) => `${each.subject}: ${each.text}`).join("\n"));
  const differing = state.peers.filter((peer) => peer.present && !peer.same_config);
  const base = location.pathname + location.search.replace(/;.*/, "");
  const key = JSON.stringify([state.node.version, state.node.config, differing.length]);
  showIn(byId("foot"), key, () => [
    make("span", {}, `hapair ${state.node.version}`),
    make("span", {}, `configuration ${state.node.config}`),
    differing.length ? make("strong", { class: "going" },
      `▲ ${differing.map((peer) => peer.name).join(", ")} runs another configuration`) : null,
    make("a", { href: `${base};csv` }, "CSV"),
    make("a", { href: `${base};json` }, "JSON")].filter(Boolean));
}

function showEvents() {
  const list = byId("events");
  const key = String(state.events.at(-1)?.number ?? 0) + state.run;
  showIn(list, key, () => {
    if (!state.events.length) return [make("li", {}, "Nothing has happened yet.")];
    return [...state.events].reverse().map((event) => {
      const change = [event.from, event.to].filter(Boolean).join(" → ");
      return make("li", {}, make("time", { datetime: new Date(event.time).toISOString(),
        title: new Date(event.time).toLocaleString() }, clock(event.time)),
      make("span", { class: "subject" }, event.subject || event.id),
      make("span", { class: "cause" }, make("b", {}, change || event.id.replaceAll("-", " ")),
        event.cause ? ` ${event.cause}` : ""));
    });
  });
  list.classList.add("card");
}

function show(fresh) {
  showSigns();
  showVips();
  showTotals();
  showFrontends(fresh);
  showBackends(fresh);
  showEvents();
  watch.draw();
}
