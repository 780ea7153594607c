// The desk: forms of the report answer into the reader, and the next report is fetched while this one is read.
// Without this script every form leads to a page of its own, with the same list and the same report.
"use strict";
(() => {
  const desk = document.getElementById("desk");
  const reader = document.getElementById("reader");
  const said = document.getElementById("said");
  if (!desk || !reader || !window.htmx) return;

  let ahead = null; // the next report: { id, seen, html }, leased to us
  let fetching = null; // the report for whose successor the server was asked
  let arriving = null; // the promise of that answer
  let isFiltering = false;

  const report = () => reader.querySelector("#report");
  const query = () => reader.querySelector("input[name=desk]")?.value || "";

  function say(words) {
    const notice = document.createElement("p");
    notice.className = "notice bad";
    notice.textContent = words;
    said.replaceChildren(notice);
  }

  // Forms of the report go by htmx, but for those that have a script of their own or close a dialog.
  function prepare() {
    for (const form of reader.querySelectorAll("form[method=post]:not([hx-post], #find)")) {
      form.setAttribute("hx-post", form.getAttribute("action"));
      form.setAttribute("hx-target", "#reader");
      form.setAttribute("hx-swap", "innerHTML show:none");
      form.setAttribute("hx-sync", "#reader:drop"); // a key that is pressed twice decides once
    }
    htmx.process(reader);
  }

  // Within the list alone: the page stays where it is.
  function scrollTo(line) {
    const pane = document.getElementById("pane");
    const [box, there] = [pane.getBoundingClientRect(), line.getBoundingClientRect()];
    if (there.top < box.top) pane.scrollTop += there.top - box.top;
    else if (there.bottom > box.bottom) pane.scrollTop += there.bottom - box.bottom;
  }

  function mark() {
    const id = report()?.dataset.report;
    for (const line of document.querySelectorAll("#lines .line[aria-current]")) line.removeAttribute("aria-current");
    const line = id && document.querySelector(`#line-${CSS.escape(id)} .line`);
    if (line) {
      line.setAttribute("aria-current", "true");
      scrollTo(line);
    }
    desk.classList.toggle("reading", Boolean(id));
    return !id || Boolean(line);
  }

  function makeAddress(id) {
    const asked = new URLSearchParams(query());
    if (id) asked.set("report", id);
    return `${location.pathname}?${asked}`;
  }

  function listAnew() {
    htmx.ajax("GET", makeAddress(report()?.dataset.report), { target: "#pane", swap: "innerHTML show:none" });
  }

  // Another report is in the reader, or the same one after an act.
  function show() {
    prepare();
    const isListed = mark();
    document.dispatchEvent(new CustomEvent("desk-shown"));
    if (!isListed && !new URLSearchParams(location.search).has("after")) listAnew();
    fetchAhead();
  }

  function fetchAhead() {
    const now = report()?.dataset;
    if (now?.leased && fetching !== now.report && ahead?.before !== now.report) arriving = ask(now);
  }

  async function ask(now) {
    fetching = now.report;
    const form = new URLSearchParams({ csrf_token: desk.dataset.token, desk: query(), after: now.report, ahead: "yes" });
    try {
      const answer = await fetch(desk.dataset.next, { method: "POST", body: form, headers: { "HX-Request": "true" } });
      if (answer.status !== 200 || fetching !== now.report) return;
      const html = await answer.text();
      const next = new DOMParser().parseFromString(html, "text/html").getElementById("report");
      if (next?.dataset.report) ahead = { before: now.report, id: next.dataset.report, seen: next.dataset.seen, html };
    } catch {
      // The decision brings the next report with it, as without this one.
    } finally {
      if (fetching === now.report) fetching = null;
    }
  }

  // A decision waits for the next report while that is on its way: it is leased, and the server would pass it over.
  document.addEventListener("htmx:confirm", (event) => {
    if (!fetching || event.detail.verb !== "post" || !event.target.matches("#reader form")) return;
    event.preventDefault();
    arriving.then(() => event.detail.issueRequest(true));
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "post" || !event.target.matches("#reader form")) return;
    document.activeElement?.blur(); // htmx would give the focus to the field of the same name, which takes every key
    if (ahead && ahead.before === report()?.dataset.report) {
      event.detail.parameters.ahead = ahead.id;
      event.detail.parameters.ahead_seen = ahead.seen;
    }
  });

  document.addEventListener("desk-next", () => {
    if (!ahead) return;
    reader.innerHTML = ahead.html;
    history.pushState({ htmx: true }, "", makeAddress(ahead.id));
    ahead = null;
    show();
    window.scrollTo(0, Math.min(window.scrollY, desk.offsetTop));
  });

  document.addEventListener("desk-list", listAnew);

  // What was undone is offered no longer.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.target.matches("#said .undo-offer")) said.replaceChildren();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "reader") show();
    if (event.detail.target.id === "pane") {
      document.getElementById("set-filters").open = isFiltering; // as it was: more than one filter may be meant
      mark();
      offerBox();
    }
  });
  // A refusal says what it is: its words are shown, and the report stays as it was.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    isFiltering = document.getElementById("set-filters")?.open ?? false;
    if (status < 400) return;
    event.detail.shouldSwap = false;
    const refused = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector("main");
    const words = refused?.querySelector("h1, .notice, p");
    say(words?.textContent.trim() || desk.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(desk.dataset.failed));

  function offerBox() {
    const button = document.getElementById("box-of-map");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const bounds = window.deskMap?.()?.getBounds();
      if (!bounds) return;
      const box = document.getElementById("filter-box");
      box.value = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degrees) => degrees.toFixed(4)).join(",");
      box.form.requestSubmit();
    });
  }

  prepare();
  mark();
  offerBox();
  fetchAhead();
})();
