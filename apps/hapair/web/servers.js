// Backends and their servers: folded, filtered, the first hundred of each until more are asked for.

const ORDER = ["down", "unknown", "going", "maintenance", "drain", "up", "unchecked"];
const blocks = new Map(); // by backend
const folded = new Set();

const isTroubled = (server) => server.kind !== "up" && server.kind !== "unchecked";

function matches(backend, server) {
  if (state.troubled && !isTroubled(server)) return false;
  if (!state.filter) return true;
  const text = `${backend.name}/${server.name} ${server.address} ${server.word} ${server.reason}`;
  return text.toLowerCase().includes(state.filter);
}

function healthOf(backend) {
  const counts = new Map();
  for (const server of backend.servers.values()) {
    counts.set(server.kind, (counts.get(server.kind) ?? 0) + 1);
  }
  return ORDER.filter((kind) => counts.has(kind)).map((kind) => [kind, counts.get(kind)]);
}

function serverActions(backend, server) {
  const label = `Order for ${backend.name}/${server.name}`;
  const select = make("select", { "aria-label": label }, make("option", { value: "" }, "Order…"),
    ...[["ready", "Ready: as its checks say"], ["drain", "Drain: no new traffic"],
      ["maintenance", "Maintenance: no traffic"]].map(([value, text]) =>
      make("option", { value }, text)));
  select.addEventListener("change", () => {
    const word = select.value;
    select.value = "";
    if (!word) return;
    give({ order: word, backend: backend.name, server: server.name },
      `${word} for ${backend.name}/${server.name}`, {
        ready: "It gets traffic as its checks say.",
        drain: "It gets no new traffic; what it has goes on.",
        maintenance: "It gets no traffic until that is taken back." }[word]);
  });
  return make("div", { class: "actions" }, select);
}

function serverRow(backend, server) {
  const row = make("tr", { role: "row" });
  const line = new Line(`Requests a second at ${backend.name}/${server.name}`);
  const cells = {};
  const text = (key, label, kind) => (cells[key] = cell(label, "", kind));
  const symbol = make("i", { "aria-hidden": "true" });
  const word = make("span", {});
  const status = make("span", {}, symbol, word);
  row.append(make("th", { scope: "row", role: "rowheader" }, server.name),
    cell("State", status, "text"), text("address", "Address", "text mono wide"),
    text("weight", "Weight"),
    text("rate", "Req/s"), cell("History", line.svg, "text"), text("sessions", "Sessions"),
    text("response", "Response"), text("errors", "Errors/s"), text("since", "Since"),
    text("reason", "Reason", "reason text"));
  if (state.token) row.append(cell("Order", serverActions(backend, server), "text"));
  watch.add(row, () => {
    line.draw(series(server.samples, REQUESTS), KEPT.servers);
    say(cells.since, age(Date.now() + state.skew - server.since));
  });
  const update = () => {
    put(status, "class", `state ${server.kind}`);
    say(symbol, SYMBOLS[server.kind]);
    say(word, server.backup ? `${server.word}, backup` : server.word);
    put(row, "class", `is-${server.kind}${server.fresh ? " fresh" : ""}`);
    server.fresh = false;
    say(cells.address, server.address);
    say(cells.weight, server.weight === server.given ? server.weight
      : `${server.weight} of ${server.given}`);
    say(cells.rate, count(last(server.samples, REQUESTS)));
    const sessions = last(server.samples, SESSIONS);
    say(cells.sessions, server.limit ? `${count(sessions)} of ${count(server.limit)}`
      : count(sessions));
    say(cells.response, time(last(server.samples, SERVER_TIME)));
    say(cells.errors, count(last(server.samples, SERVER_ERRORS)));
    put(cells.errors, "class", last(server.samples, SERVER_ERRORS) ? "down" : "none");
    say(cells.reason, server.reason);
  };
  return { row, server, update };
}

class Block {
  constructor(backend) {
    this.backend = backend;
    this.limit = ROWS;
    this.rows = new Map();
    this.key = "";
    this.title = make("h3", {}, backend.name);
    this.word = make("span", {});
    this.bar = make("div", { class: "bar", "aria-hidden": "true" });
    this.line = new Line(`Requests a second at ${backend.name}`);
    this.figures = {};
    const figure = (key, label) => {
      this.figures[key] = make("b", {});
      return make("div", { class: "figure" }, make("small", { class: "soft" }, label),
        this.figures[key]);
    };
    this.inner = make("div", {});
    this.element = make("details", { class: "card backend", open: !folded.has(backend.name) },
      make("summary", {}, this.title, make("div", { class: "health" }, this.word, this.bar),
        figure("rate", backend.mode === "tcp" ? "Connections" : "Requests"),
        figure("queue", "Queue"), figure("p99", "p50 / p99"), this.line.svg), this.inner);
    this.element.addEventListener("toggle", () => {
      if (this.element.open) folded.delete(backend.name);
      else folded.add(backend.name);
      this.key = "";
      this.update();
      tellFold();
    });
    watch.add(this.element, () =>
      this.line.draw(series(samplesOf(this.backend), REQUESTS), slotsOf()));
  }

  update() {
    const backend = this.backend;
    const health = healthOf(backend);
    const rest = health.filter(([kind]) => isTroubled({ kind }))
      .map(([kind, number]) => `${SYMBOLS[kind]} ${number} ${kind}`);
    const usable = `${count(backend.usable)} of ${count(backend.size)} usable`;
    say(this.word, [usable, ...rest].join(", ") +
      (backend.panics ? ", panic: traffic goes to those that are down too" : ""));
    put(this.word, "class", backend.usable === 0 ? "down" : rest.length ? "going" : "up");
    const bar = JSON.stringify(health);
    if (bar !== this.bar.dataset.key) {
      this.bar.dataset.key = bar;
      this.bar.replaceChildren(...health.map(([kind, number]) => {
        const part = make("span", { class: kind });
        part.style.width = `${(100 * number) / Math.max(1, backend.servers.size)}%`;
        return part;
      }));
    }
    const s = backend.seconds;
    say(this.figures.rate, `${count(last(s, REQUESTS))}/s`);
    say(this.figures.queue, count(backend.queue));
    say(this.figures.p99, `${time(last(s, P50))} / ${time(last(s, P99))}`);
    return this.updateRows();
  }

  // How many of its servers the filter leaves.
  updateRows() {
    const backend = this.backend;
    const found = [...backend.servers.values()].filter((server) => matches(backend, server));
    this.element.hidden = found.length === 0 && (state.filter !== "" || state.troubled);
    if (!this.element.open) return found.length;
    found.sort((a, b) => isTroubled(b) - isTroubled(a) || a.place - b.place);
    const wanted = found.slice(0, this.limit);
    const key = JSON.stringify([wanted.map((server) => server.place), found.length, !!state.token]);
    const stands = (server) => this.rows.get(server.place)?.server === server;
    if (!this.choosing() && (key !== this.key || !wanted.every(stands))) {
      this.key = key;
      this.build(wanted, found.length);
    }
    for (const server of wanted) this.rows.get(server.place)?.update();
    return found.length;
  }

  // A menu that is open would close under whoever chooses.
  choosing() {
    const held = document.activeElement;
    return held?.tagName === "SELECT" && this.inner.contains(held);
  }

  build(wanted, all) {
    const rows = new Map();
    for (const server of wanted) {
      const before = this.rows.get(server.place);
      const keeps = before?.server === server && this.token === !!state.token;
      rows.set(server.place, keeps ? before : serverRow(this.backend, server));
    }
    for (const [place, each] of this.rows) if (rows.get(place) !== each) watch.remove(each.row);
    this.rows = rows;
    this.token = !!state.token;
    const columns = [["Server", "text"], ["State", "text"], ["Address", "text"], ["Weight"],
      ["Req/s"], ["History", "text"], ["Sessions"], ["Response"], ["Errors/s"], ["Since"],
      ["Reason", "text"]];
    if (state.token) columns.push(["Order", "text"]);
    const { table, body } = tableOf(`Servers of ${this.backend.name}`, columns, true);
    body.append(...wanted.map((server) => rows.get(server.place).row));
    const more = all > wanted.length ? make("div", { class: "more" }, make("button", {
      type: "button", onclick: () => this.showMore(wanted.length) },
    `Show ${Math.min(ROWS, all - wanted.length)} more of ${count(all)}`)) : null;
    const held = this.inner.contains(document.activeElement) ? document.activeElement : null;
    this.inner.replaceChildren(...[make("div", { class: "scroll" }, table), more].filter(Boolean));
    if (!held) return;
    const next = held.isConnected ? held : this.inner.querySelector(".more button");
    next?.focus({ preventScroll: true });
  }

  showMore(from) {
    this.limit += ROWS;
    this.update();
    const row = this.inner.querySelectorAll("tbody tr")[from];
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }
}

function tellFold() {
  const open = [...blocks.values()].some((block) => block.element.open);
  say(byId("fold"), open ? "Collapse all" : "Expand all");
}

function showBackends(fresh) {
  const place = byId("backends");
  const names = JSON.stringify([...state.backends.keys()]);
  if (fresh || shown.get(place.id) !== names) {
    shown.set(place.id, names);
    // With many servers the page begins as an overview.
    const servers = [...state.backends.values()].reduce((sum, each) => sum + each.servers.size, 0);
    if (state.first && state.backends.size > 4 && servers > 200) {
      for (const name of state.backends.keys()) folded.add(name);
    }
    state.first = false;
    for (const block of blocks.values()) watch.remove(block.element);
    blocks.clear();
    for (const backend of state.backends.values()) blocks.set(backend.name, new Block(backend));
    place.replaceChildren(...[...blocks.values()].map((block) => block.element));
    tellFold();
  }
  let found = 0;
  for (const block of blocks.values()) found += block.update();
  say(byId("found"), state.filter || state.troubled
    ? `${several(found, "server")} of ${count([...state.backends.values()].reduce((sum, each) =>
      sum + each.servers.size, 0))}` : "");
}
