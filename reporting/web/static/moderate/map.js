// The map of one report: our own boundaries, a circle with a number for each place it may be at, the pin, and the reports
// near by. The pin writes into the form's fields and reads from them; forms alone save, so that the map is a convenience.
// On the desk one map goes from report to report, with the boundaries that it has drawn already.
"use strict";
(() => {
  if (!window.L || !window.protomapsL) return;

  const ink = "#1f2a30";
  const family = 'system-ui, "Noto Sans", "Noto Sans Devanagari", "Noto Sans Arabic", sans-serif';
  const paint = (level, stroke, width, fill) => ({
    dataLayer: "area",
    filter: (_zoom, feature) => feature.props.level === level,
    symbolizer: fill
      ? new protomapsL.PolygonSymbolizer({ fill, stroke, width })
      : new protomapsL.LineSymbolizer({ color: stroke, width }),
  });
  const label = (dataLayer, font, fill, filter) => ({
    dataLayer,
    filter,
    symbolizer: new protomapsL.CenteredTextSymbolizer({
      labelProps: ["name"], font: `${font} ${family}`, fill, stroke: "#ffffff", width: 3, maxLineChars: 14,
    }),
  });
  const hasPeople = (least, most) => (_zoom, feature) => feature.props.population >= least && feature.props.population < most;
  const makeBase = (tiles) => protomapsL.leafletLayer({
    url: tiles,
    maxDataZoom: 15,
    attribution: "",
    backgroundColor: "#e9eef0",
    paintRules: [
      paint(1, "#8c979c", 1, "#fbfaf6"), paint(4, "#d3d8d6", 0.8), paint(3, "#bcc4c2", 1), paint(2, "#98a3a7", 1.3),
      paint(1, "#6f7c82", 2),
    ],
    labelRules: [
      label("place", "600 14px", ink, hasPeople(100000, Infinity)),
      label("place", "13px", ink, hasPeople(5000, 100000)),
      label("place", "12px", ink, hasPeople(0, 5000)),
      label("label", "italic 12px", "#4d5a61"),
    ],
  });

  let map = null;
  let drawn = null; // what belongs to one report

  // The element of the map: the one that the page has, or the one of the report before in its place.
  function hang(fresh) {
    if (!map) {
      // While a zoom is animated the map goes nowhere else, and people go through places faster than that.
      map = L.map(fresh, { attributionControl: false, maxZoom: 16, minZoom: 3, zoomSnap: 0.5, zoomAnimation: false, layers: [makeBase(fresh.dataset.tiles)] });
      drawn = L.layerGroup().addTo(map);
      L.control.scale({ imperial: false }).addTo(map);
      return fresh;
    }
    drawn.clearLayers();
    map.off("click");
    const box = map.getContainer();
    if (box === fresh) return box;
    for (const name of Object.keys(box.dataset)) delete box.dataset[name];
    Object.assign(box.dataset, fresh.dataset);
    fresh.replaceWith(box);
    map.invalidateSize({ animate: false, pan: false });
    return box;
  }

  function setUp() {
    const fresh = document.getElementById("map");
    if (!fresh) return;
    const box = hang(fresh);
    const form = document.getElementById("pin");
    const canMove = box.dataset.canMove === "yes" && form;
    const start = box.dataset.lat ? L.latLng(box.dataset.lat, box.dataset.lon) : null;
    const extent = JSON.parse(box.dataset.extent);
    const choices = JSON.parse(box.dataset.choices);
    const PIN = "#8a2b12", OTHER = "#4b4fa0", NEAR_M = 60000;
    let marker = null;
    let circle = null;
    let from = null; // the words of the message that led to a place

    const radius = () => (canMove ? Number(form.elements.radius_m.value) : Number(box.dataset.radiusM)) || 1;

    function place(at) {
      if (!marker) {
        marker = L.marker(at, { draggable: Boolean(canMove), autoPan: true, alt: box.dataset.pinLabel, title: box.dataset.pinLabel, zIndexOffset: 1000 });
        marker.addTo(drawn).on("drag", () => write(marker.getLatLng()));
        circle = L.circle(at, { radius: radius(), color: PIN, weight: 2, fillOpacity: 0.1, interactive: false }).addTo(drawn);
        if (canMove) marker.getElement().addEventListener("keydown", moveByKey);
      }
      marker.setLatLng(at);
      circle.setLatLng(at).setRadius(radius());
    }

    function write(at) {
      const there = at.wrap();
      form.elements.lat.value = there.lat.toFixed(6);
      form.elements.lon.value = there.lng.toFixed(6);
      form.classList.add("changed");
      place(there);
    }

    function read() {
      const lat = form.elements.lat.valueAsNumber;
      const lon = form.elements.lon.valueAsNumber;
      form.classList.add("changed");
      if (!Number.isFinite(lat) || !Number.isFinite(lon)) return;
      const at = L.latLng(lat, lon);
      place(at);
      if (!map.getBounds().contains(at)) look(at, radius());
    }

    const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

    function moveByKey(event) {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      const pixels = event.shiftKey ? 1 : 8;
      write(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add([step[0] * pixels, step[1] * pixels])));
      map.panInside(marker.getLatLng(), { padding: [40, 40] });
      event.preventDefault();
      event.stopPropagation();
    }

    function look(at, metres) {
      const options = { maxZoom: 15, animate: !window.matchMedia("(prefers-reduced-motion: reduce)").matches };
      map.fitBounds(L.latLng(at).toBounds(Math.max(metres * 3, 2000)), options);
    }

    // A number on each circle: the same as in the list, where its key and its button are.
    function draw(choice) {
      const colour = choice.is_here ? PIN : OTHER;
      const at = L.latLng(choice.lat, choice.lon);
      if (!choice.is_here) {
        L.circle(at, { radius: choice.radius_m, color: colour, weight: 2, dashArray: "6 4", fillOpacity: 0.06, interactive: false }).addTo(drawn);
      }
      // The pin stands on its own number: that one moves aside.
      const icon = L.divIcon({ className: choice.is_here ? "badge here" : "badge", html: String(choice.number), iconSize: [26, 26], iconAnchor: choice.is_here ? [-10, 13] : [13, 13] });
      const badge = L.marker(at, { icon, keyboard: false, title: choice.name, alt: choice.name }).addTo(drawn);
      const target = findTarget(choice.number);
      badge.on("click", () => target.focus());
      target.addEventListener("focus", () => {
        look(at, choice.radius_m);
        badge.setZIndexOffset(2000).getElement().classList.add("pointed");
      });
      target.addEventListener("blur", () => {
        badge.setZIndexOffset(0).getElement().classList.remove("pointed");
        from = null;
      });
      target.addEventListener("keydown", (event) => { if (event.key === "Escape") from?.focus(); });
    }

    // The button that takes a place; where nothing can be taken now, its line in the list.
    function findTarget(number) {
      const line = document.getElementById(`place-${number}`);
      const button = line.querySelector("button");
      if (!button.disabled) return button;
      line.tabIndex = -1;
      return line;
    }

    // Words of the message that name a place lead to its button, and so to its circle; Escape leads back to the words.
    function follow(words) {
      const target = findTarget(words.dataset.place);
      words.addEventListener("click", (event) => {
        event.preventDefault();
        target.focus({ preventScroll: true });
        box.scrollIntoView({ block: "nearest" });
        target.scrollIntoView({ block: "nearest" });
        from = words;
      });
    }

    function lookAtStart() {
      const proposed = choices.filter((choice) => !choice.is_named);
      const seen = (proposed.length ? proposed : choices).map((choice) => L.latLng(choice.lat, choice.lon).toBounds(choice.radius_m * 2));
      const first = start || (seen.length ? seen[0].getCenter() : null);
      if (!first) {
        if (extent) map.fitBounds([[extent[0], extent[1]], [extent[2], extent[3]]], { animate: false });
        else map.setView([0, 0], 3);
        return;
      }
      // Namesakes at the other end of the country would hide what is here.
      const bounds = first.toBounds(start ? Math.max(radius() * 3, Number(box.dataset.lookM) || 6000) : 6000);
      for (const other of seen) if (first.distanceTo(other.getCenter()) < NEAR_M) bounds.extend(other);
      map.fitBounds(bounds, { animate: false, maxZoom: 15 });
    }

    for (const other of JSON.parse(box.dataset.nearby)) {
      L.circleMarker([other.lat, other.lon], {
        radius: 7, color: "#ffffff", weight: 2, fillOpacity: 0.9, fillColor: other.is_same ? "#0b5d53" : "#6e7b82",
      }).bindTooltip(other.name).addTo(drawn);
    }
    lookAtStart();
    if (start) place(start);
    choices.forEach(draw);
    document.querySelectorAll("#message [data-place]").forEach(follow);
    if (canMove) {
      map.on("click", (event) => write(event.latlng));
      form.addEventListener("input", read);
      form.addEventListener("place-found", (event) => look([event.detail.lat, event.detail.lon], event.detail.radius_m));
    }
    box.dataset.ready = "yes";
  }

  setUp();
  document.addEventListener("desk-shown", setUp);
  window.deskMap = () => map;
})();
