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

  function act(key) {
    const found = report.querySelector(`[data-key~="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found.matches("details")) {
      found.open = !found.open;
      if (found.open) found.querySelector("select").focus();
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
    if (act(event.key)) event.preventDefault();
  });

  const button = report.querySelector("button.help");
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
  toggle.checked = isOn();
  toggle.addEventListener("change", () => localStorage.setItem(STORE, toggle.checked ? "on" : "off"));
})();
