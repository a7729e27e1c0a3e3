// One format for figures, the same as the tables of the command line: sweep/spec/metric_table.py
function duration(seconds) {
  if (seconds < 60) return `${+seconds.toPrecision(3)} s`;
  for (const [unit, length, below, part] of [["d", 86400, "h", 3600], ["h", 3600, "min", 60], ["min", 60, "s", 1]]) {
    if (seconds < length) continue;
    const count = Math.round(seconds / part), each = length / part;
    return `${Math.floor(count / each).toLocaleString("en")} ${unit} ${String(count % each).padStart(2, "0")} ${below}`;
  }
}

// `unit` is [unit, decimals] of a metric of the table; nothing for a figure of the user's own
function formatted(value, unit) {
  if (typeof value !== "number" || !unit) return shown(value);
  const [kind, digits] = unit, fixed = (v, d = digits) => v.toFixed(d).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
  if (kind === "fraction") return `${fixed(100 * value)} %`;
  if (kind === "seconds") return duration(value);
  return kind === "count" && Number.isInteger(value) ? fixed(value, 0) : fixed(value);
}
