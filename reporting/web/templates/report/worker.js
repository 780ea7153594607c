// Keeps the web form on the phone, so that it opens without a signal, and sends what waits when there is one again.
"use strict";
importScripts({{ url_for("static", filename="report/proof.js")|tojson }}, {{ url_for("static", filename="report/queue.js")|tojson }});

const HOME = {{ url_for("report_form.show_form")|tojson }};
const ASSETS = {{ urls|tojson }};
const FILES = "baraza-form-files-{{ version }}";
const PAGES = "baraza-form-pages"; // filled by the page itself, without anybody's session
const PATIENCE_MS = 4000; // a signal that is there and carries nothing is worse than none

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(ASSETS)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("baraza-form-files-") && name !== FILES);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === HOME) event.respondWith(openForm(event.request));
  else if (ASSETS.includes(url.pathname)) event.respondWith(openFile(event.request));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "report") event.waitUntil(ReportQueue.sendAll());
});

async function openForm(request) {
  const kept = await (await caches.open(PAGES)).match(HOME);
  const fresh = fetch(request);
  if (!kept) return fresh;
  const late = new Promise((resolve) => { setTimeout(() => resolve(kept), PATIENCE_MS); });
  return Promise.race([fresh.catch(() => kept), late]);
}

async function openFile(request) {
  const kept = await (await caches.open(FILES)).match(request);
  return kept || fetch(request);
}
