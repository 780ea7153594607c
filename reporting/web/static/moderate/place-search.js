// Finding a place by typing, as a combobox with a list (ARIA Authoring Practices), and the radius by steps. What is chosen
// is written into the pin's form, where the map sees it. Without this script the same form leads to a page with the hits.
// On the desk a chosen place is saved at once: it can be undone, and each report asks for it.
"use strict";
(() => {
  function setUp() {
    const pin = document.getElementById("pin");
    const form = document.getElementById("find");
    if (!pin || !form) return;
    const input = form.elements.place;
    const list = document.getElementById("find-list");
    const said = document.getElementById("find-said");
    const PAUSE_MS = 120, SHORTEST = 2;
    let hits = [];
    let active = -1;
    let timer = 0;
    let asked = 0;

    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    })) input.setAttribute(name, value);

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      active = -1;
    }

    function mark(number) {
      const options = list.children;
      if (!options.length) return;
      active = (number + options.length) % options.length;
      for (const [at, option] of [...options].entries()) option.setAttribute("aria-selected", String(at === active));
      options[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[active].id);
    }

    const make = (name, text) => {
      const made = document.createElement(name);
      made.textContent = text;
      made.dir = "auto";
      return made;
    };

    function show(found) {
      hits = found;
      list.replaceChildren(...hits.map((hit, at) => {
        const option = document.createElement("li");
        option.id = `find-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.append(make("strong", hit.name), make("span", hit.kind));
        if (hit.around.length) option.append(make("span", hit.around.join(", ")));
        if (hit.distance) option.append(make("span", hit.distance));
        option.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
        option.addEventListener("click", () => choose(at));
        return option;
      }));
      list.hidden = !hits.length;
      input.setAttribute("aria-expanded", String(hits.length > 0));
      input.removeAttribute("aria-activedescendant");
      active = -1;
      said.textContent = hits.length ? form.dataset.some.replace("{count}", hits.length) : form.dataset.none;
    }

    async function ask() {
      const number = ++asked;
      if (input.value.trim().length < SHORTEST) {
        close();
        said.textContent = "";
        return;
      }
      let found;
      try {
        const answer = await fetch(form.dataset.places, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        found = (await answer.json()).places;
      } catch {
        return; // offline for a moment: the button of the form still works
      }
      if (number === asked) show(found); // an answer that was overtaken is of no use
    }

    function choose(at) {
      const hit = hits[at];
      if (!hit) return;
      asked += 1;
      clearTimeout(timer);
      input.value = hit.name;
      pin.elements.lat.value = hit.lat;
      pin.elements.lon.value = hit.lon;
      pin.elements.radius_m.value = hit.radius_m;
      pin.dispatchEvent(new Event("input", { bubbles: true }));
      pin.dispatchEvent(new CustomEvent("place-found", { detail: hit }));
      close();
      if (form.dataset.saves) {
        pin.requestSubmit();
        return;
      }
      said.textContent = form.dataset.moved.replace("{name}", hit.name);
      pin.querySelector("button[type=submit]").focus({ preventScroll: true });
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    });
    input.addEventListener("blur", close);
    input.addEventListener("focus", () => { if (hits.length && input.value.trim().length >= SHORTEST) show(hits); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const isOpen = !list.hidden;
      if (event.key === "ArrowDown" && isOpen) mark(active + 1);
      else if (event.key === "ArrowUp" && isOpen) mark(active < 0 ? -1 : active - 1);
      else if (event.key === "Enter" && isOpen) choose(Math.max(active, 0));
      else if (event.key === "Escape" && isOpen) close();
      else if (event.key === "Escape") input.blur();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      ask();
      input.focus();
    });

    // 1, 2 or 5 times a power of ten: the figures that people mean when they say how far off it may be.
    const ROUND = [1, 2, 5];
    const steps = [0, 1, 2, 3, 4, 5].flatMap((power) => ROUND.map((digit) => digit * 10 ** power));
    for (const button of pin.querySelectorAll("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const now = Number(pin.elements.radius_m.value) || 1000;
        const next = button.dataset.step > 0 ? steps.find((step) => step > now) : steps.findLast((step) => step < now);
        if (!next) return;
        pin.elements.radius_m.value = next;
        pin.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }

  setUp();
  document.addEventListener("desk-shown", setUp);
})();
