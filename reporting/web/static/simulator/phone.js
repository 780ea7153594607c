// The simulated phone: Enter sends, the last bubble stays in view, and a conversation that did not change is left alone.
"use strict";
(() => {
  const bubbles = document.getElementById("bubbles");
  const form = document.getElementById("compose");
  if (!bubbles || !form) return;
  let last = null;

  const showLast = () => { bubbles.scrollTop = bubbles.scrollHeight; };

  // Without this a screen reader would read the whole conversation again every second.
  bubbles.addEventListener("htmx:beforeSwap", (event) => {
    const said = event.detail.serverResponse;
    if (said === last) event.detail.shouldSwap = false;
    last = said;
  });
  bubbles.addEventListener("htmx:afterSwap", showLast);

  form.elements.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  showLast();
})();
