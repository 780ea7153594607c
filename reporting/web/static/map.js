// The map of one report: our own boundaries, the circle of the place's uncertainty, the pin, and the reports near by.
// The pin writes into the form's fields and reads from them; the form alone saves, so that the map is a convenience.
"use strict";
(() => {
  const box = document.getElementById("map");
  if (!box || !window.L || !window.protomapsL) return;

  const ink = "#37424a";
  const paint = (level, stroke, width, fill) => ({
    dataLayer: "area",
    filter: (_zoom, feature) => feature.props.level === level,
    symbolizer: fill
      ? new protomapsL.PolygonSymbolizer({ fill, stroke, width })
      : new protomapsL.LineSymbolizer({ color: stroke, width }),
  });
  const label = (dataLayer, font, fill) => ({
    dataLayer,
    symbolizer: new protomapsL.CenteredTextSymbolizer({
      labelProps: ["name"], font, fill, stroke: "#ffffff", width: 2.5, maxLineChars: 14,
    }),
  });
  const base = protomapsL.leafletLayer({
    url: box.dataset.tiles,
    maxDataZoom: 14,
    attribution: "",
    backgroundColor: "#e9eef0",
    paintRules: [
      paint(1, "#8c979c", 1, "#fbfaf6"), paint(3, "#bcc4c2", 1), paint(2, "#98a3a7", 1.3), paint(1, "#6f7c82", 2),
    ],
    labelRules: [
      label("place", "12px system-ui, sans-serif", ink), label("label", "italic 12px system-ui, sans-serif", "#5d6a70"),
    ],
  });

  const map = L.map(box, { attributionControl: false, maxZoom: 16, minZoom: 3, zoomSnap: 0.5, layers: [base] });
  L.control.scale({ imperial: false }).addTo(map);

  const form = document.getElementById("pin");
  const canMove = box.dataset.canMove === "yes" && form;
  const start = box.dataset.lat ? L.latLng(box.dataset.lat, box.dataset.lon) : null;
  const extent = JSON.parse(box.dataset.extent);
  let marker = null;
  let circle = null;

  const radius = () => (canMove ? Number(form.elements.radius_m.value) : Number(box.dataset.radiusM)) || 1;

  function place(at) {
    if (!marker) {
      marker = L.marker(at, { draggable: Boolean(canMove), autoPan: true, alt: box.dataset.pinLabel, title: box.dataset.pinLabel });
      marker.addTo(map).on("drag", () => write(marker.getLatLng()));
      circle = L.circle(at, { radius: radius(), color: "#8a2b12", weight: 2, fillOpacity: 0.1, interactive: false }).addTo(map);
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
    if (Number.isFinite(lat) && Number.isFinite(lon)) place(L.latLng(lat, lon));
  }

  for (const other of JSON.parse(box.dataset.nearby)) {
    L.circleMarker([other.lat, other.lon], {
      radius: 7, color: "#ffffff", weight: 2, fillOpacity: 0.9, fillColor: other.is_same ? "#0b5d53" : "#4b4fa0",
    }).bindTooltip(other.name).addTo(map);
  }
  if (start) {
    place(start);
    map.fitBounds(start.toBounds(Math.max(radius() * 4, 10000)), { animate: false, maxZoom: 15 });
  } else if (extent) {
    map.fitBounds([[extent[0], extent[1]], [extent[2], extent[3]]], { animate: false });
  } else {
    map.setView([0, 0], 3);
  }
  if (canMove) {
    map.on("click", (event) => write(event.latlng));
    form.addEventListener("input", read);
  }
  box.dataset.ready = "yes";
})();
