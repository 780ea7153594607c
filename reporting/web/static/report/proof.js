// Lets reports without a phone number count as those of one person: a random number of this browser, and some work that
// makes very many of them dear. Nothing waits for it: a report without it is taken all the same. An earlier page that
// the phone keeps does not know this file, so that those who use it ask first whether it is there.
"use strict";
self.BrowserProof = (() => { // of the page or the service worker
  const ADDRESS = "/report/challenge";
  const STORE = "token";
  const TOKEN_BYTES = 16;
  const SPARE_S = 60; // of a challenge's time, to send the report in
  let ready = null; // { fields, until }
  let running = null;

  // A database of its own: the one of waiting reports must open whatever version of this page is kept.
  function open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open("baraza-browser", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function ask(act) {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, "readwrite");
        act(transaction.objectStore(STORE), resolve);
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  }

  // Looked up and stored in one transaction, since the page and its service worker may both be first.
  function getToken() {
    const made = toHex(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
    return ask((store, resolve) => {
      const request = store.get(STORE);
      request.onsuccess = () => {
        if (!request.result) store.put(made, STORE);
        resolve(request.result || made);
      };
    });
  }

  async function forget() {
    ready = null;
    await ask((store, resolve) => { store.delete(STORE).onsuccess = resolve; });
  }

  const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // For each part the first number whose hash is small enough: on average as many tries as the challenge says.
  async function solve(token, { challenge, parts, iterations, tries }) {
    const encoder = new TextEncoder();
    const key = await crypto.subtle.importKey("raw", encoder.encode(token), "PBKDF2", false, ["deriveBits"]);
    const limit = Math.floor(2 ** 32 / tries);
    const numbers = [];
    for (let part = 0; part < parts; part += 1) {
      for (let number = 0; ; number += 1) {
        const salt = encoder.encode(`${challenge}.${part}.${number}`);
        const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 32);
        if (new DataView(bits).getUint32(0) < limit) {
          numbers.push(number);
          break;
        }
      }
    }
    return numbers.join(".");
  }

  async function make() {
    const token = await getToken();
    const response = await fetch(ADDRESS, { method: "POST", body: new URLSearchParams({ browser: token }), credentials: "omit" });
    const given = await response.json();
    const until = Date.now() + (given.seconds - SPARE_S) * 1000;
    const proof = await solve(token, given);
    ready = { fields: [["browser", token], ["challenge", given.challenge], ["proof", proof]], until };
  }

  const isReady = () => ready !== null && Date.now() < ready.until;

  // Begins the work, unless it is done or under way; what is missing for it (an old browser, no signal) ends it quietly.
  function start() {
    if (!isReady()) running ||= make().catch(() => {}).finally(() => { running = null; });
    return running;
  }

  // The fields to send with a report: those of finished work, or none. With a patience the work is begun and waited for.
  async function find(patienceMs = 0) {
    if (patienceMs) await Promise.race([start(), new Promise((resolve) => { setTimeout(resolve, patienceMs); })]);
    return isReady() ? ready.fields : [];
  }

  return { start, find, forget, solve };
})();
