// ---- price and trades of one trial: candles on a canvas, as many as there is room for; zoom and pan by mouse, touch or keys
const KEYS = { ArrowLeft: [-0.2, 1], ArrowRight: [0.2, 1], "+": [0, 0.6], "=": [0, 0.6], "-": [0, 1.6], ArrowUp: [0, 0.6], ArrowDown: [0, 1.6], Home: [0, Infinity] };
let market = null, view = [0, 1]; // places of candles, with fractions

// times of a market, and coarser and coarser candles of it: two of a level are one of the next
function levelsOf(m) {
  if (m.levels) return m.levels;
  let at = m.first, before = 0;
  const unit = 10 ** m.decimals, opens = m.o.map((step, n) => { const open = before + step; before = open + m.c[n]; return open; });
  m.time = Float64Array.from(m.steps, step => at += step * m.seconds);
  const finest = [Float64Array.from(opens, v => v / unit), ...["h", "l", "c"].map(key => Float64Array.from(m[key], (v, n) => (opens[n] + v) / unit))];
  m.levels = [finest];
  while (m.levels.at(-1)[0].length > 200) {
    const [o, h, l, c] = m.levels.at(-1), n = Math.ceil(o.length / 2), next = [0, 1, 2, 3].map(() => new Float64Array(n));
    for (let i = 0; i < n; i++) {
      const a = 2 * i, b = Math.min(a + 1, o.length - 1);
      next[0][i] = o[a]; next[1][i] = Math.max(h[a], h[b]); next[2][i] = Math.min(l[a], l[b]); next[3][i] = c[b];
    }
    m.levels.push(next);
  }
  return m.levels;
}

// place of a time among the candles
function placeOf(m, seconds) {
  let low = 0, high = m.time.length;
  while (low < high) { const middle = (low + high) >> 1; m.time[middle] <= seconds ? low = middle + 1 : high = middle; }
  const n = Math.max(0, low - 1);
  return n + Math.min(0.999, Math.max(0, (seconds - m.time[n]) / m.seconds));
}

// the next of 1, 2 and 5 times a power of ten
function roundStep(width) {
  const power = 10 ** Math.floor(Math.log10(width));
  return power * [1, 2, 5, 10].find(n => n * power >= width * (1 - 1e-9));
}

function price() {
  const box = byId("price-chart"), m = data.price.instruments[+byId("price-instrument").value], levels = levelsOf(m);
  if (market !== m) { market = m; view = [0, m.time.length]; }
  const canvas = box.firstElementChild ?? box.appendChild(document.createElement("canvas")), width = box.clientWidth, height = box.clientHeight, sharp = Math.max(2, devicePixelRatio || 1);
  Object.assign(canvas, { width: width * sharp, height: height * sharp });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const pen = canvas.getContext("2d"), [left, right, top, bottom] = [70, width - 12, 14, height - 26], [from, to] = view;
  pen.scale(sharp, sharp);
  let level = 0;
  while (level + 1 < levels.length && (to - from) / 2 ** level > (right - left) / 4) level++;
  const [o, h, l, c] = levels[level], size = 2 ** level, first = Math.max(0, Math.floor(from / size)), last = Math.min(o.length, Math.ceil(to / size));
  let low = Infinity, high = -Infinity;
  for (let n = first; n < last; n++) { low = Math.min(low, l[n]); high = Math.max(high, h[n]); }
  const room = 0.06 * (high - low) || 1, x = place => left + (place - from) / (to - from) * (right - left), y = value => bottom - (value - low + room) / (high - low + 2 * room) * (bottom - top);
  Object.assign(pen, { font: "12px sans-serif", textAlign: "right" });
  const step = high > low ? roundStep((high - low) / 5) : Math.abs(low) || 1;
  for (let n = Math.ceil(low / step); n * step <= high; n++) {
    const value = n * step;
    pen.fillStyle = style("--line");
    pen.fillRect(left, y(value), right - left, 1);
    pen.fillStyle = style("--soft");
    pen.fillText(value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9))), left - 6, y(value) + 4);
  }
  pen.fillText(m.currency, left - 6, top + 4);
  const marks = width < 500 ? 1 : 4;
  for (let n = 0; n <= marks; n++) {
    const place = Math.min(m.time.length - 1, Math.floor(from + (to - from) * n / marks));
    pen.textAlign = n === 0 ? "left" : n === marks ? "right" : "center";
    pen.fillText(new Date(1000 * m.time[place]).toISOString().slice(0, 16).replace("T", " "), left + (right - left) * n / marks, height - 6);
  }
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, bottom - top);
  pen.clip();
  const wide = Math.max(1, 0.7 * size / (to - from) * (right - left));
  for (const isUp of [true, false]) {
    pen.fillStyle = pen.strokeStyle = style(isUp ? "--soft" : "--ink");
    pen.beginPath();
    for (let n = first; n < last; n++) if (c[n] >= o[n] === isUp) {
      const at = x((n + 0.5) * size), a = y(Math.max(o[n], c[n])), b = y(Math.min(o[n], c[n]));
      pen.moveTo(at, y(h[n])); pen.lineTo(at, y(l[n]));
      if (wide > 2) pen.rect(at - wide / 2, a, wide, Math.max(1, b - a));
    }
    pen.stroke();
    if (!isUp) pen.fill();
  }
  trades(pen, m, x, y);
  pen.restore();
}

function trades(pen, m, x, y) {
  for (const t of data.price.trades.filter(t => t.instrument === m.id)) {
    const a = x(placeOf(m, t.opened)), isOpen = t.closed === null, b = isOpen ? x(m.time.length) : x(placeOf(m, t.closed));
    if (b < 0 || a > pen.canvas.width) continue;
    const colour = style(t.pnl > 0 ? "--gain" : "--loss"), out = t.exit ?? m.levels[0][3].at(-1);
    Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 2 });
    pen.beginPath(); pen.moveTo(a, y(t.entry)); pen.lineTo(b, y(out)); pen.stroke();
    const up = t.side === "LONG" ? 1 : -1;
    pen.beginPath(); pen.moveTo(a, y(t.entry)); pen.lineTo(a - 5, y(t.entry) + 9 * up); pen.lineTo(a + 5, y(t.entry) + 9 * up); pen.fill();
    if (!isOpen) pen.fillRect(b - 3, y(out) - 3, 6, 6);
    pen.lineWidth = 1;
    pen.setLineDash([4, 3]);
    for (const level of [t.stop, t.target]) if (level !== null) { pen.beginPath(); pen.moveTo(a, y(level)); pen.lineTo(b, y(level)); pen.stroke(); }
    pen.setLineDash([]);
    if (b - a > 46) {
      const label = [formatted(t.pnl, ["money", 2]), (a + b) / 2, Math.min(y(t.entry), y(out)) - 6];
      pen.save();
      Object.assign(pen, { textAlign: "center", strokeStyle: style("--card"), lineWidth: 4 });
      pen.setLineDash([]);
      pen.strokeText(...label); // an edge of paper: the letters lie on lines
      pen.fillText(...label);
      pen.restore();
    }
  }
}

// show other candles: moved by a share of the view, then longer or shorter around a place of it
function look(move, zoom, around = 0.5) {
  const count = market.time.length, length = Math.min(count, Math.max(10, (view[1] - view[0]) * zoom)), middle = view[0] + (view[1] - view[0]) * (around + move);
  const start = Math.max(0, Math.min(count - length, middle - around * length));
  view = [start, start + length];
  requestAnimationFrame(price);
}

if (data.price) {
  charts["price-chart"] = price;
  byId("price-bar").append(select("price-instrument", "instrument", data.price.instruments.map((m, n) => [n, m.id])));
  byId("price-bar").onchange = price;
  const box = byId("price-chart"), held = new Map();
  box.onkeydown = event => { if (KEYS[event.key]) { event.preventDefault(); look(...KEYS[event.key]); } };
  box.addEventListener("wheel", event => { if (event.ctrlKey || document.activeElement === box) { event.preventDefault(); look(0, event.deltaY > 0 ? 1.25 : 0.8, (event.offsetX - 70) / (box.clientWidth - 82)); } }, { passive: false });
  box.onpointerdown = event => { held.set(event.pointerId, event.offsetX); box.setPointerCapture(event.pointerId); };
  box.onpointerup = box.onpointercancel = event => held.delete(event.pointerId);
  box.onpointermove = event => {
    if (!held.has(event.pointerId)) return;
    look((held.get(event.pointerId) - event.offsetX) / box.clientWidth, 1);
    held.set(event.pointerId, event.offsetX);
  };
  for (const [id, keys] of [["price-in", "+"], ["price-out", "-"], ["price-left", "ArrowLeft"], ["price-right", "ArrowRight"], ["price-all", "Home"]]) byId(id).onclick = () => look(...KEYS[keys]);
  addEventListener("resize", () => drawn.has("price-chart") && requestAnimationFrame(price));
}
