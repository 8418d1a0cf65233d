// The line under the pointer of a chart. What it shows was written by the server; the table below says it all too.
"use strict";
(() => {
  const { find } = window.rollcall;
  const points = new WeakMap();

  const read = (chart) => {
    if (!points.has(chart)) points.set(chart, JSON.parse(find("[type='application/json']", chart).textContent));
    return points.get(chart);
  };

  const hide = (chart) => chart.querySelectorAll(".tip, .ch-hair").forEach((part) => part.classList.remove("on"));

  const line = (name, text) => Object.assign(document.createElement(name), { textContent: text });

  const show = (chart, plot, clientX) => {
    const box = plot.getBoundingClientRect();
    const share = ((clientX - box.left) / box.width) * 100;
    const near = read(chart).reduce((best, point) => (Math.abs(point.x - share) < Math.abs(best.x - share) ? point : best));
    const hair = find(".ch-hair", plot);
    hair.setAttribute("x1", `${near.x}%`);
    hair.setAttribute("x2", `${near.x}%`);
    hair.classList.add("on");
    const tip = find(".tip", chart);
    tip.replaceChildren(line("span", near.day), line("b", near.value), ...(near.range ? [line("span", near.range)] : []));
    const frame = chart.getBoundingClientRect();
    const left = box.left - frame.left + (near.x / 100) * box.width;
    const side = near.x > 60 ? left - tip.offsetWidth - 12 : left + 12;
    tip.style.translate = `${Math.max(side, 4)}px ${box.top - frame.top + 12}px`;
    tip.classList.add("on");
  };

  document.addEventListener("pointermove", (event) => {
    const plot = event.target.closest?.("[data-plot]");
    document.querySelectorAll("[data-chart]").forEach((chart) => chart.contains(plot) || hide(chart));
    if (plot) show(plot.closest("[data-chart]"), plot, event.clientX);
  });
})();
