// Elements, and lines of what was.

const byId = (id) => document.getElementById(id);

// make("td", { class: "x", "data-label": "y" }, "text", element)
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Touches the page only where something is another: live regions and selections stay quiet.
function say(element, text) {
  text = String(text);
  if (element.textContent !== text) element.textContent = text;
}

function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function chip(element, kind, text) {
  put(element, "class", `chip ${kind}`.trim());
  say(element.lastElementChild ?? element, text);
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 24;

class Line {
  constructor(label, kind = "") {
    this.label = label;
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", `line ${kind}`.trim());
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("role", "img");
    this.svg.setAttribute("aria-label", label);
    this.area = this.path("area");
    this.edge = this.path("edge");
  }

  path(kind) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    this.svg.append(path);
    return path;
  }

  // The newest value is last; `slots` is how many there could be.
  draw(values, slots, text = count) {
    const most = Math.max(1, ...values);
    const step = WIDTH / Math.max(1, slots - 1);
    const from = WIDTH - step * (values.length - 1);
    const points = values.map((value, at) => {
      const y = HEIGHT - 1 - (value / most) * (HEIGHT - 3);
      return `${(from + at * step).toFixed(1)} ${y.toFixed(1)}`;
    });
    const edge = points.length ? `M${points.join("L")}` : "";
    put(this.edge, "d", edge);
    put(this.area, "d", edge && `${edge}L${WIDTH} ${HEIGHT}L${from.toFixed(1)} ${HEIGHT}Z`);
    const now = values.length ? values[values.length - 1] : 0;
    const name = `${this.label}: now ${text(now)}, highest ${text(Math.max(0, ...values))}`;
    put(this.svg, "aria-label", name);
  }
}

// Only what is on the screen is drawn each second.
class Watch {
  constructor() {
    this.seen = new Set();
    this.draws = new WeakMap();
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) this.seen.add(entry.target);
        else this.seen.delete(entry.target);
        if (entry.isIntersecting) this.draws.get(entry.target)?.();
      }
    }, { rootMargin: "120px" });
  }

  add(element, draw) {
    this.draws.set(element, draw);
    this.observer.observe(element);
  }

  remove(element) {
    this.observer.unobserve(element);
    this.seen.delete(element);
  }

  draw() {
    for (const element of this.seen) {
      if (element.isConnected) this.draws.get(element)?.();
      else this.remove(element);
    }
  }
}
