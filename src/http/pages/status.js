"use strict";
// Keeps the status page up to date: puts new HTML only into elements whose content changed.
(() => {
  const byId = id => document.getElementById(id);
  const items = {};

  function remember(list, element) {
    const cells = element.querySelectorAll("[data-cell]");
    items[list].set(element.dataset.id, cells.length ? [...cells] : [...element.children]);
  }

  for (const list of ["rollouts", "versions", "devices"]) {
    items[list] = new Map();
    for (const element of byId(list).querySelectorAll(":scope > [data-id]")) remember(list, element);
  }

  function put(element, html) {
    if (element.innerHTML !== html) element.innerHTML = html;
  }

  function tell(text) {
    if (byId("news").textContent !== text) byId("news").textContent = text;
  }

  function setCell([list, id, cell, html]) {
    const cells = items[list].get(id);
    if (!cells) return;
    const before = cells[cell].textContent;
    put(cells[cell], html);
    if (list !== "rollouts" || cell !== 0 || cells[cell].textContent === before) return;
    tell(id + ": " + cells[cell].textContent);
    const phase = cells[cell].querySelector(".state").textContent;
    const line = cells[cell].closest("[data-id]");
    for (const button of line.querySelectorAll("[data-phases]"))
      button.disabled = !button.dataset.phases.split(" ").includes(phase);
  }

  // `before`: the id of the item that follows the new one; empty at the end.
  function addItem([list, id, before, html]) {
    if (items[list].has(id)) return;
    const next = before && items[list].get(before);
    const place = next ? next[0].closest("[data-id]") : null;
    const parsed = document.createElement("template");
    parsed.innerHTML = html;
    const element = parsed.content.querySelector("[data-id]");
    byId(list).insertBefore(element, place);
    remember(list, element);
  }

  // `lines`: all of the list in their order, [id, version, html]. A line that stays keeps its element.
  function setLines(list, lines) {
    const versions = new Map(lines);
    for (const [id, cells] of items[list]) {
      const line = cells[0].closest("[data-id]");
      if (versions.get(id) === (line.dataset.version || "")) continue;
      line.remove();
      items[list].delete(id);
    }
    let before = "";
    for (const [id, version, html] of lines.reverse()) {
      if (list === "rollouts" && !items[list].has(id)) tell(`${id} ${version}: a new rollout`);
      addItem([list, id, before, html]);
      before = id;
    }
  }

  function show(change) {
    for (const [name, html] of Object.entries(change.texts)) put(document.querySelector(`[data-live=${name}]`), html);
    for (const [list, lines] of Object.entries(change.lists)) setLines(list, lines);
    change.added.forEach(addItem);
    change.cells.forEach(setCell);
  }

  const lost = "No connection to the server; the page may be out of date.";

  function listen() {
    const source = new EventSource(document.body.dataset.events);
    source.onopen = () => { if (byId("news").textContent === lost) tell(""); };
    source.onmessage = event => show(JSON.parse(event.data));
    source.onerror = () => {
      tell(lost);
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    };
  }
  listen();
})();
