// Draws the table of a release as a map. The table is the source: without this script nothing is missing but the picture.
"use strict";

(function () {
  const element = document.getElementById("map");
  if (!element || typeof L === "undefined") {
    return;
  }
  const lines = new Map();
  for (const row of document.querySelectorAll("#figures [data-area]")) {
    lines.set(row.dataset.area, row);
  }

  function describe(code) {
    const row = lines.get(code);
    if (!row) {
      return element.dataset.none;
    }
    return row.dataset.figure || element.dataset.few;
  }

  function classOf(code) {
    const row = lines.get(code);
    const shade = row ? " shade-" + (row.dataset.shade || "few") : "";
    return "area" + shade + (code === element.dataset.chosen ? " chosen" : "");
  }

  function look(code) {
    const address = new URL(window.location.href);
    address.searchParams.set("area", code);
    address.hash = "closer";
    window.location.assign(address);
  }

  function label(feature) {
    const box = document.createElement("span");
    const name = document.createElement("b");
    name.textContent = feature.properties.area_name;
    name.dir = "auto";
    box.append(name, document.createElement("br"), describe(feature.properties.area_code));
    return box;
  }

  function draw(areas) {
    element.parentElement.hidden = false;
    // One finger scrolls the page past the map; two move the map.
    const map = L.map(element, {
      dragging: !L.Browser.mobile,
      scrollWheelZoom: false,
      zoomSnap: 0.25,
      attributionControl: false,
    });
    const layer = L.geoJSON(areas, {
      style: (feature) => ({ className: classOf(feature.properties.area_code) }),
      onEachFeature: (feature, shape) => {
        shape.bindTooltip(label(feature), { sticky: true });
        shape.on("click", () => look(feature.properties.area_code));
        shape.on("add", () => {
          shape.getElement().setAttribute("tabindex", "-1"); // the table beside it has a link for each area
          if (feature.properties.area_code === element.dataset.chosen) {
            shape.bringToFront();
          }
        });
      },
    });
    map.fitBounds(layer.getBounds(), { padding: [6, 6], animate: false });
    layer.addTo(map);
  }

  fetch(element.dataset.areas)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then(draw)
    .catch((error) => console.error("areas_not_drawn", error.message));
})();
