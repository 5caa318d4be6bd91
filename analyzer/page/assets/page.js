// Keeps the page of now: the analyzer sends parts that changed, and what differs in them is put in place, so
// that focus, selection and what is being typed stay. Without this script the page is as of when it was loaded.
"use strict";

(() => {
  const path = document.body.dataset.view;
  const spoken = document.getElementById("said");

  /// Makes `old` what `wanted` is, node by node.
  function morph(old, wanted) {
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== wanted.data) old.data = wanted.data;
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) return;
    for (const { name } of [...old.attributes]) {
      if (!wanted.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    morphChildren(old, wanted);
  }

  function morphChildren(old, wanted) {
    const next = [...wanted.childNodes];
    next.forEach((node, i) => {
      const now = old.childNodes[i];
      if (!now) {
        old.appendChild(document.importNode(node, true));
      } else if (now.nodeName === node.nodeName) {
        morph(now, node);
      } else {
        old.replaceChild(document.importNode(node, true), now);
      }
    });
    while (old.childNodes.length > next.length) old.lastChild.remove();
  }

  /// Of what an operator must hear, though the eyes are elsewhere.
  function headline() {
    const title = document.querySelector("#summary h1, #verdict [role=status]");
    return title ? title.textContent : "";
  }

  function take(text) {
    const end = text.indexOf("\n");
    const part = document.getElementById(text.slice(0, end));
    if (!part) {
      // An image or a section that was not there when the page was loaded.
      location.reload();
      return;
    }
    const before = headline();
    // Parsed apart: nothing in it runs.
    morphChildren(part, new DOMParser().parseFromString(text.slice(end + 1), "text/html").body);
    if (headline() !== before) spoken.textContent = headline();
  }

  let chart = null;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function chartOptions(width) {
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { show: false } };
    return {
      width,
      height: 220,
      legend: { show: false },
      cursor: { points: { show: false } },
      scales: { y: { range: (_, __, most) => [0, Math.max(150, most * 1.05)] } },
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "UTC"),
      axes: [{ ...axis, values: (_, times) => times.map((time) => new Date(time * 1000).toISOString().slice(11, 16)) }, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => tick + " %") }],
      series: [
        {},
        { stroke: colour("--text"), width: 1.5, spanGaps: false, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) },
        { stroke: colour("--alarm"), width: 1, dash: [4, 3], points: { show: false } },
      ],
    };
  }

  function draw(text) {
    if (typeof uPlot === "undefined") return;
    const { end, step, values } = JSON.parse(text);
    if (values.length === 0) return;
    // A value holds for a step: the last one, too.
    const held = [...values, values[values.length - 1]];
    const times = held.map((_, i) => end - (values.length - 1 - i) * step);
    const data = [times, held, held.map(() => 100)];
    if (chart) {
      chart.setData(data);
      return;
    }
    const place = document.createElement("div");
    place.id = "chart";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", "Score of the last 15 minutes in percent of the threshold");
    document.getElementById("scores").after(place);
    document.body.classList.add("charted");
    const make = () => {
      if (chart) chart.destroy();
      chart = new uPlot(chartOptions(place.clientWidth), chart ? chart.data : data, place);
    };
    make();
    new ResizeObserver(() => {
      if (place.clientWidth > 0 && place.clientWidth !== chart.width) chart.setSize({ width: place.clientWidth, height: 220 });
    }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);
  }

  const events = new EventSource("/events?view=" + encodeURIComponent(path));
  events.addEventListener("part", (event) => take(event.data));
  events.addEventListener("chart", (event) => draw(event.data));
  events.addEventListener("open", () => document.body.classList.remove("cut-off"));
  events.addEventListener("error", () => document.body.classList.add("cut-off"));
})();
