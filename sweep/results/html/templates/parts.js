"use strict";
// Parts that the report and the live page share: cells, values, colours.
const byId = id => document.getElementById(id);
const shown = value => value === null || value === undefined ? "–"
  : typeof value !== "number" ? String(value)
  : Number.isInteger(value) ? value.toLocaleString("en")
  : Math.abs(value) >= 1000 ? value.toLocaleString("en", { maximumFractionDigits: 0 })
  : String(+value.toPrecision(4));

function cell(text, className, tag = "td") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(text);
  return made;
}

const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;

// a name that may wrap behind each "_"
const wrapping = text => text.split(/(?<=_)/).flatMap((part, n) => n ? [document.createElement("wbr"), part] : [part]);

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// distinct values of a parameter as labels, many numbers in bins
const BINS = 20, MANY = 40;
function ordered(values) {
  const distinct = [...new Set(values)];
  const numeric = distinct.every(v => typeof v === "number");
  if (!numeric) return { labels: distinct.map(String), of: v => distinct.indexOf(v) };
  distinct.sort((a, b) => a - b);
  if (distinct.length <= MANY) { const at = new Map(distinct.map((v, n) => [v, n])); return { labels: distinct.map(shown), of: v => at.get(v) }; }
  const low = distinct[0], width = (distinct.at(-1) - low) / BINS || 1;
  return { labels: Array.from({ length: BINS }, (_, n) => shown(low + (n + 0.5) * width)), of: v => Math.min(BINS - 1, Math.floor((v - low) / width)) };
}
