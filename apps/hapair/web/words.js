// Numbers, times and states in words.

const SYMBOLS = { up: "●", going: "▲", down: "✖", maintenance: "■", drain: "◐",
  unchecked: "○", unknown: "?" };

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const count = (number) => (number < 10000 ? plain : short).format(number);

function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000;
    ++unit;
  }
  return `${number >= 100 || unit === 0 ? Math.round(number) : number.toFixed(1)} ${units[unit]}`;
}

// Of microseconds.
function time(us) {
  if (us === 0) return "–";
  if (us < 1000) return `${us} µs`;
  if (us < 100000) return `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms`;
  return us < 1e6 ? `${Math.round(us / 1000)} ms` : `${(us / 1e6).toFixed(1)} s`;
}

function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

function clock(ms) {
  const then = new Date(ms);
  const day = then.toDateString() === new Date().toDateString();
  return day ? then.toLocaleTimeString([], { hour12: false })
    : then.toLocaleDateString([], { month: "short", day: "numeric" });
}

const several = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
