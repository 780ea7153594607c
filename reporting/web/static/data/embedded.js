// Stands in an embedded piece: tells the page around it how high it is, at first and whenever that changes.
"use strict";

new ResizeObserver(() => {
  parent.postMessage({ barazaHeight: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
}).observe(document.body);
