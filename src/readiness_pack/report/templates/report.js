"use strict";
(() => {
  const form = document.querySelector(".filters");
  const shown = document.querySelector(".shown");
  const nothing = document.querySelector(".nothing");
  const wait = 120; // milliseconds after the last key before the page changes and is read out

  const groups = [...document.querySelectorAll(".group")].map((element) => ({
    element,
    head: [element.querySelector("summary").textContent, element.dataset.items, element.dataset.section].join(" "),
    count: element.querySelector(".places"),
    places: [...element.querySelectorAll(".place")].map((place) => ({ element: place, text: null })),
  }));

  const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  function textOf(group, place) {
    // Read on the first search only: 2,000 findings need not be read by those who never search.
    if (place.text === null) place.text = (group.head + " " + place.element.textContent).toLowerCase();
    return place.text;
  }

  function filter() {
    const value = (name) => form.elements[name].value;
    const words = value("search").toLowerCase().split(/\s+/).filter(Boolean);
    const [kind, section, stack, state] = ["kind", "section", "stack", "state"].map(value);
    let findings = 0;
    let rules = 0;
    let all = 0;
    for (const group of groups) {
      const fits = (!kind || group.element.dataset.kind === kind) && (!section || group.element.dataset.section === section);
      let here = 0;
      for (const place of group.places) {
        const data = place.element.dataset;
        const visible = fits && (!stack || data.stack === stack) && (!state || data.state.split(" ").includes(state)) &&
          words.every((word) => textOf(group, place).includes(word));
        place.element.hidden = !visible;
        here += visible ? 1 : 0;
      }
      group.element.hidden = here === 0;
      const total = group.places.length;
      group.count.textContent = here === 0 || here === total ? plural(total, "place") : `${here} of ${plural(total, "place")}`;
      findings += here;
      rules += here ? 1 : 0;
      all += total;
    }
    shown.textContent = findings === all
      ? `${plural(all, "finding")} of ${plural(rules, "rule")}.`
      : `${findings.toLocaleString("en")} of ${plural(all, "finding")}, ${plural(rules, "rule")}.`;
    nothing.hidden = findings > 0;
  }

  if (form) {
    const toggle = document.querySelector(".toggle");
    let timer = 0;
    form.hidden = toggle.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, wait); });
    form.addEventListener("reset", () => { clearTimeout(timer); timer = setTimeout(filter, 0); });
    toggle.addEventListener("click", () => {
      const open = toggle.getAttribute("aria-pressed") !== "true";
      toggle.setAttribute("aria-pressed", String(open));
      for (const group of groups) group.element.open = open;
    });
    for (const link of document.querySelectorAll("[data-search]")) {
      link.addEventListener("click", () => {
        form.reset();
        form.elements.search.value = link.dataset.search;
        clearTimeout(timer);
        filter();
      });
    }
    filter(); // a reload keeps what was typed
  }

  // The checklist by status: sections that have an item of it open, and those without one go.
  const chooser = document.querySelector(".by-status");
  if (chooser) {
    const rows = [...document.querySelectorAll("tr[data-status]")];
    const blocks = [...document.querySelectorAll("#checklist > .block")];
    const listed = chooser.querySelector(".listed");
    const choose = () => {
      const wanted = chooser.elements.status.value;
      let number = 0;
      for (const row of rows) {
        row.hidden = wanted !== "" && row.dataset.status !== wanted;
        number += row.hidden ? 0 : 1;
      }
      for (const block of blocks) {
        block.hidden = block.querySelector("tr[data-status]:not([hidden])") === null;
        if (wanted !== "") block.open = !block.hidden;
      }
      listed.textContent = wanted === "" ? "" : `${number} of ${plural(rows.length, "item")}.`;
    };
    chooser.hidden = false;
    chooser.addEventListener("submit", (event) => event.preventDefault());
    chooser.addEventListener("input", choose);
    choose();
  }

  // A link into something closed opens it first, and shows it where a filter hides it.
  function reveal() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden && chooser) {
      chooser.reset();
      chooser.dispatchEvent(new Event("input"));
    }
    for (let at = target; at; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }
  addEventListener("hashchange", reveal);
  reveal();

  // One Tab stop a section of the picture instead of 151: the arrow keys move inside it.
  for (const row of document.querySelectorAll(".cells")) {
    const cells = [...row.querySelectorAll(".cell")];
    const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -cells.length, End: cells.length };
    cells.forEach((cell, index) => { cell.tabIndex = index ? -1 : 0; });
    row.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      const from = cells.indexOf(document.activeElement);
      if (move === undefined || from < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(cells.length - 1, from + move));
      cells[from].tabIndex = -1;
      cells[to].tabIndex = 0;
      cells[to].focus();
    });
  }
  for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;

  // Paper shows everything that the filter leaves (lists of rules stay closed), and the screen is afterwards as it was.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll(".group:not([open]), .block:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
    closed = [];
  });
})();
