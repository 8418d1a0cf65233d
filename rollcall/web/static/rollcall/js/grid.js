// Tables: ticking rows, the bar for what is ticked, and keys that only repeat what a button or link does.
"use strict";
(() => {
  const { find, on, open, say } = window.rollcall;
  const root = document.documentElement;
  const ticks = (grid) => [...grid.querySelectorAll("td > .check")];
  let last = null;

  const count = (grid) => {
    const all = ticks(grid);
    const ticked = all.filter((tick) => tick.checked).length;
    const head = find("[data-all]", grid);
    if (head) {
      head.checked = ticked > 0 && ticked === all.length;
      head.indeterminate = ticked > 0 && ticked < all.length;
    }
    const bar = find(".bulk");
    if (bar) {
      find("[data-selcount]", bar).textContent = ticked;
      const whole = find("[data-all-matching]", bar);
      if (whole) whole.hidden = ticked < all.length;
      mark(bar, "");
    }
    say(`${ticked} selected`);
  };

  // "all that match", beyond the rows that are loaded: the server reads all=1
  const mark = (bar, value) => {
    const field = find("input[name=all]", bar.closest("form") || bar);
    if (field) field.value = value;
  };

  // a page that comes back keeps its ticks
  addEventListener("pageshow", () => document.querySelectorAll(".grid:has(td > .check:checked)").forEach(count));
  on("change", ".grid .check", (tick) => {
    const grid = tick.closest(".grid");
    if (tick.matches("[data-all]")) ticks(grid).forEach((other) => { other.checked = tick.checked; });
    count(grid);
  });
  on("click", ".grid td > .check", (tick, event) => {
    const all = ticks(tick.closest(".grid"));
    const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) all.slice(from, to + 1).forEach((other) => { other.checked = tick.checked; });
    last = tick;
  });
  on("click", "[data-clear]", () => {
    const grid = find(".grid");
    ticks(grid).forEach((tick) => { tick.checked = false; });
    count(grid);
  });
  on("click", "[data-all-matching]", (button) => {
    mark(button.closest(".bulk"), "1");
    find("[data-selcount]").textContent = button.dataset.allMatching;
    button.hidden = true;
    say(`All ${button.dataset.allMatching} selected`);
  });

  // Single keys: never in a field, with a modifier, in a dialog, or when switched off
  let going = 0;
  const rows = () => [...document.querySelectorAll(".grid tbody tr:not(.more)")];
  const here = () => document.activeElement.closest?.(".grid tbody tr");
  const move = (by) => {
    const all = rows();
    const next = all[Math.min(Math.max(all.indexOf(here()) + by, 0), all.length - 1)];
    if (next) (find("th a", next) || find("a, .check", next))?.focus();
  };
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    x: () => find(".check", here() || document.createElement("i"))?.click(),
    g: () => { going = Date.now(); },
    "?": () => open(find("#shortcuts")),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (root.dataset.keys === "off" || find("dialog[open]") || event.key.length !== 1) return;
    const key = CSS.escape(event.key.toLowerCase());
    const target = find(Date.now() - going < 1200 ? `[data-go="${key}"]` : `[data-key="${key}"]`);
    const act = target ? () => target.click() : rows().length || "g?".includes(event.key) ? actions[event.key] : null;
    if (!act) return;
    event.preventDefault();
    if (target) going = 0;
    act();
  });
})();
