// Single keys for what the buttons of a page do. They can be switched off, and are silent while somebody types.
// On the desk the report is changed without a new page: the event `desk-shown` says that another one is there.
"use strict";
(() => {
  const STORE = "baraza-keys";
  const page = document.getElementById("desk") || document.getElementById("report");
  if (!page) return;

  const isOn = () => localStorage.getItem(STORE) !== "off";
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  // The key that is meant: a capital is its letter, and on a keyboard of another script the place of the key counts.
  function listMeanings(event) {
    const place = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(event.code || "");
    const isForeign = event.key.length === 1 && event.key > "~";
    return [event.key, event.key.toLowerCase(), ...(isForeign && place ? [(place[1] || place[2]).toLowerCase()] : [])];
  }

  function act(key) {
    const found = page.querySelector(`[data-key~="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found.matches("details")) {
      found.open = !found.open;
      if (found.open) found.querySelector("select, button").focus();
    } else if (found.matches("input")) {
      found.focus();
      found.select();
    } else if (found.matches("select")) {
      found.focus();
    } else if (found.matches("form")) {
      found.requestSubmit();
    } else {
      found.click();
    }
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const open of page.querySelectorAll("details.reject[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    if (event.key === "Enter" && event.target.matches("details.reject select") && event.target.value) {
      event.target.form.requestSubmit(); // a reason is chosen by its first letter and sent by Enter
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]") || isTyping(event.target)) return;
    if (!isOn() && event.key !== "?") return;
    if (listMeanings(event).some(act)) event.preventDefault();
  });

  function setUp() {
    const help = document.getElementById("keys");
    const toggle = document.getElementById("keys-on");
    const button = page.querySelector("button.help");
    if (!help || !toggle || !button) return;
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
    toggle.checked = isOn();
    toggle.addEventListener("change", () => localStorage.setItem(STORE, toggle.checked ? "on" : "off"));
  }

  setUp();
  document.addEventListener("desk-shown", setUp);
})();
