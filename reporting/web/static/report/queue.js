// Reports that wait on the phone: kept in its database until the server has said that it has them.
"use strict";
const ReportQueue = (() => {
  const HOME = "/report";
  const WAITING = "waiting";
  const SENT = "sent"; // references of what went out while nobody looked
  const PATIENCE_MS = 5000; // for the work of this browser, of reports that have waited anyway
  const AGAIN = new Set([408, 425, 429]);

  function open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open("baraza-report", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(WAITING, { keyPath: "id" });
        request.result.createObjectStore(SENT, { keyPath: "reference" });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function ask(store, mode, act) {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(store, mode);
        const request = act(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  }

  const list = () => ask(WAITING, "readonly", (store) => store.getAll());
  const listSent = () => ask(SENT, "readonly", (store) => store.getAll());
  const put = (item) => ask(WAITING, "readwrite", (store) => store.put(item));
  const remove = (id) => ask(WAITING, "readwrite", (store) => store.delete(id));
  const noteSent = (reference) => ask(SENT, "readwrite", (store) => store.put({ reference }));

  async function clear() {
    await ask(WAITING, "readwrite", (store) => store.clear());
    await ask(SENT, "readwrite", (store) => store.clear());
  }

  // What came of it: { reference }, { faults } of a report that must be corrected, or an error when it has to wait.
  // Only an answer that names a reference counts: the sign-in page of a public Wi-Fi says 200 to everything.
  async function send(item) {
    const body = new FormData();
    for (const [name, value] of [...item.fields, ...(await self.BrowserProof?.find() ?? [])]) body.append(name, value);
    const language = body.get("language") || "";
    const response = await fetch(`${HOME}?lang=${encodeURIComponent(language)}`, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "omit" });
    const answer = await response.json();
    if (response.ok && typeof answer.reference === "string") {
      await remove(item.id);
      return { reference: answer.reference, photosAreLost: answer.photos_are_lost === true };
    }
    if (response.status >= 400 && response.status < 500 && !AGAIN.has(response.status) && answer.faults) {
      await put({ ...item, faults: answer.faults });
      return { faults: answer.faults };
    }
    throw new Error("not taken");
  }

  async function sendAll() {
    const items = (await list()).filter((item) => !item.faults);
    if (items.length) await self.BrowserProof?.find(PATIENCE_MS);
    for (const item of items) {
      const { reference } = await send(item);
      if (reference) await noteSent(reference);
    }
  }

  return { list, listSent, put, remove, clear, send, sendAll };
})();
