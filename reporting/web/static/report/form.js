// The web form where there is JavaScript: kept on the phone first, then sent; photos made small; the phone's position.
"use strict";
(() => {
  const form = document.getElementById("report");
  if (!form || !window.indexedDB) return;
  const PHOTO_LONGEST_PX = 1600;
  const RETRY_MS = 30000;
  const faults = document.getElementById("faults");
  const thanks = document.getElementById("thanks");
  const waiting = document.getElementById("waiting");
  let correcting = null; // the id of a report that came back
  form.noValidate = true;

  function makeId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Smaller, and without what a photo tells of its place and phone. One that cannot be read is sent as it is.
  async function shrink(photo) {
    try {
      const picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
      const scale = Math.min(1, PHOTO_LONGEST_PX / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const small = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.8); });
      return small ? new File([small], "photo.jpg", { type: "image/jpeg" }) : photo;
    } catch {
      return photo;
    }
  }

  async function gather() {
    const id = makeId(); // not the page's: one page that is kept on the phone serves many reports
    const fields = [["id", id]];
    for (const [name, value] of new FormData(form)) {
      const isSkipped = value === "" && !("skip" in (form.elements[name]?.dataset || {})); // about people: was refused
      if (name === "id" || isSkipped || (value instanceof File && !value.size)) continue;
      fields.push([name, value instanceof File ? await shrink(value) : value]);
    }
    return { id, fields };
  }

  function tellBeside(field, name, words) {
    const beside = document.createElement("span");
    beside.className = "fault";
    beside.id = `fault-${name}`;
    beside.textContent = words;
    field.before(beside);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") || ""} ${beside.id}`.trim());
  }

  function showFaults(told) {
    const list = faults.querySelector("ul");
    list.replaceChildren(...Object.entries(told).map(([name, words]) => {
      const item = document.createElement("li");
      const field = document.getElementById(name);
      const link = document.createElement(field ? "a" : "span");
      if (field) {
        link.href = `#${name}`;
        field.setAttribute("aria-invalid", "true");
        field.closest("details")?.setAttribute("open", "");
        tellBeside(field, name, words);
      }
      link.textContent = words;
      item.append(link);
      return item;
    }));
    faults.hidden = false;
    faults.focus();
  }

  function hideFaults() {
    faults.hidden = true;
    for (const field of form.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
      const others = (field.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && !id.startsWith("fault-"));
      if (others.length) field.setAttribute("aria-describedby", others.join(" "));
      else field.removeAttribute("aria-describedby");
    }
    for (const told of form.querySelectorAll(".fault")) told.remove();
  }

  function showThanks(reference, photosAreLost) {
    thanks.querySelector(".photos").hidden = !photosAreLost;
    thanks.querySelector(".reference").textContent = reference;
    thanks.querySelector("a").href = `${form.dataset.status}/${reference}`;
    thanks.hidden = false;
    thanks.focus();
  }

  function empty() {
    form.reset();
    for (const name of ["lat", "lon"]) form.elements[name].value = "";
    position?.tell("");
    follow();
  }

  async function showWaiting() {
    const [items, sent] = [await ReportQueue.list(), await ReportQueue.listSent()];
    waiting.hidden = !items.length && !sent.length;
    waiting.querySelector(".count").hidden = !items.length;
    waiting.querySelector(".count strong").textContent = items.length;
    waiting.querySelector(".hint").hidden = !items.length;
    waiting.querySelector(".sent").hidden = !sent.length;
    waiting.querySelector(".sent strong").textContent = sent.map((each) => each.reference).join(", ");
    const refused = items.find((item) => item.faults);
    if (refused && refused.id !== correcting && !form.elements.text.value) correct(refused);
  }

  // A report that waited and was not taken comes back into the form; photos cannot, a page may not fill such a field.
  // It stays on the phone until it is sent anew.
  function correct(item) {
    correcting = item.id;
    for (const [name, value] of item.fields) {
      const field = form.elements[name];
      if (field && typeof value === "string" && name !== "id") field.value = value;
    }
    follow();
    showFaults(item.faults);
  }

  async function sendWaiting() {
    try {
      await ReportQueue.sendAll();
    } catch {
      // There is still no signal: it goes on waiting.
    }
    await showWaiting();
  }

  // As the server sees it, so that a report without signal does not come back for it hours later: a form is to be
  // filled in where its topic was chosen, or one of its questions answered.
  function findMissing() {
    const missing = {};
    if (!form.elements.text.value.trim()) missing.text = form.dataset.empty;
    const topic = form.elements.topic?.value || "";
    const isPlaced = Boolean(form.elements.place.value.trim() || form.elements.lat.value);
    for (const part of form.querySelectorAll("details[data-topic]:not([hidden])")) {
      const asked = [...part.querySelectorAll("select, input")].filter((field) => !field.closest("[hidden]"));
      if (part.dataset.topic !== topic && !asked.some((field) => field.value.trim())) continue;
      for (const field of asked) {
        const isTold = field.value.trim() || ("place" in field.dataset && isPlaced);
        if (field.dataset.missing && !isTold) missing[field.name] = field.dataset.missing;
      }
    }
    return missing;
  }

  async function submit(event) {
    event.preventDefault();
    hideFaults();
    thanks.hidden = true;
    const missing = findMissing();
    if (Object.keys(missing).length) return showFaults(missing);
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const item = await gather();
      await ReportQueue.put(item);
      if (correcting) await ReportQueue.remove(correcting);
      correcting = null;
      await deliver(item);
    } catch {
      form.submit(); // the phone keeps nothing (a private window): then as without JavaScript
    } finally {
      button.disabled = false;
    }
  }

  async function deliver(item) {
    let told;
    try {
      told = await ReportQueue.send(item);
    } catch {
      told = null;
    }
    if (told?.faults) {
      await ReportQueue.remove(item.id);
      showFaults(told.faults);
      form.elements.website.value = "";
      return;
    }
    empty();
    await showWaiting();
    if (told) {
      showThanks(told.reference, told.photosAreLost);
      return;
    }
    waiting.setAttribute("tabindex", "-1");
    waiting.focus();
    const worker = await navigator.serviceWorker?.getRegistration(form.dataset.home);
    await worker?.sync?.register("report").catch(() => {});
  }

  function makePosition() {
    const box = document.getElementById("position");
    if (!navigator.geolocation) return null;
    const [button, status] = [box.querySelector("button"), box.querySelector("[role=status]")];
    const add = button.textContent;
    const tell = (words) => {
      status.textContent = words;
      button.textContent = form.elements.lat.value ? button.dataset.remove : add;
    };
    const set = (lat, lon, words) => {
      form.elements.lat.value = lat;
      form.elements.lon.value = lon;
      tell(words);
    };
    button.addEventListener("click", () => {
      if (form.elements.lat.value) return set("", "", button.dataset.none);
      status.textContent = button.dataset.wait;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => set(coords.latitude.toFixed(6), coords.longitude.toFixed(6), button.dataset.found.replace("{metres}", Math.ceil(coords.accuracy))),
        () => set("", "", button.dataset.failed),
        { enableHighAccuracy: true, timeout: 30000, maximumAge: 60000 },
      );
    });
    box.hidden = false;
    return { tell };
  }

  // Questions show where they belong: those of another topic, or after another answer, are out of the way.
  function follow() {
    const topic = form.elements.topic?.value || "";
    for (const part of form.querySelectorAll("details[data-topic]")) {
      part.hidden = Boolean(topic && part.dataset.topic && part.dataset.topic !== topic);
    }
    for (const part of form.querySelectorAll("[data-relevant]")) {
      const conditions = part.dataset.relevant.trim().split(" ").map((each) => each.split("="));
      part.hidden = conditions.some(([name, choice]) => !choice.split("|").includes(form.elements[name]?.value));
    }
  }

  // The page is fetched once more without anybody's session: what is kept on the phone says nothing of who used it.
  async function keepPage() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(form.dataset.worker, { scope: form.dataset.scope });
    const page = await fetch(form.dataset.home, { credentials: "omit" });
    if (page.ok) await (await caches.open("baraza-form-pages")).put(form.dataset.scope, page);
  }

  const position = makePosition();
  form.addEventListener("submit", submit);
  form.addEventListener("change", follow);
  form.addEventListener("input", () => self.BrowserProof?.start(), { once: true });
  window.addEventListener("online", sendWaiting);
  document.getElementById("forget").addEventListener("click", async (event) => {
    if (!window.confirm(event.currentTarget.dataset.ask)) return;
    await ReportQueue.clear();
    await self.BrowserProof?.forget().catch(() => {});
    await showWaiting();
  });
  setInterval(async () => { if ((await ReportQueue.list()).length) await sendWaiting(); }, RETRY_MS);
  follow();
  sendWaiting();
  keepPage().catch(() => {}); // offline: what is kept already is good
})();
