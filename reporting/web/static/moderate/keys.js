// Single keys for what the buttons of a report do. They can be switched off, and are silent while somebody types.
"use strict";
(() => {
  const STORE = "baraza-keys";
  const report = document.getElementById("report");
  const help = document.getElementById("keys");
  const toggle = document.getElementById("keys-on");
  if (!report || !help || !toggle) return;

  const isOn = () => localStorage.getItem(STORE) !== "off";
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  // The key that is meant: a capital is its letter, and on a keyboard of another script the place of the key counts.
  function listMeanings(event) {
    const place = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(event.code || "");
    const isForeign = event.key.length === 1 && event.key > "~";
    return [event.key, event.key.toLowerCase(), ...(isForeign && place ? [(place[1] || place[2]).toLowerCase()] : [])];
  }

  function act(key) {
    const found = report.querySelector(`[data-key~="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found.matches("details")) {
      found.open = !found.open;
      if (found.open) found.querySelector("select, button").focus();
    } else if (found.matches("input")) {
      found.focus();
      found.select();
    } else if (found.matches("form")) {
      found.requestSubmit();
    } else {
      found.click();
    }
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const open of report.querySelectorAll("details.reject[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || help.open || isTyping(event.target)) return;
    if (!isOn() && event.key !== "?") return;
    if (listMeanings(event).some(act)) event.preventDefault();
  });

  const button = report.querySelector("button.help");
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
  toggle.checked = isOn();
  toggle.addEventListener("change", () => localStorage.setItem(STORE, toggle.checked ? "on" : "off"));
})();
