// Stands in the page of another site: gives each embedded frame of ours the height that its content asks for.
"use strict";

addEventListener("message", (event) => {
  const height = event.data && event.data.barazaHeight;
  if (!Number.isInteger(height) || height < 1 || height > 20000) {
    return;
  }
  for (const frame of document.querySelectorAll("iframe.baraza-embed")) {
    if (frame.contentWindow === event.source && new URL(frame.src).origin === event.origin) {
      frame.style.height = height + "px";
    }
  }
});
