// The choice of photos in the words of the page: the field of a browser speaks the browser's language.
"use strict";
(() => {
  for (const part of document.querySelectorAll(".files")) {
    const field = part.querySelector("input");
    const chosen = part.querySelector(".chosen");

    function tell() {
      const names = [...field.files].map((file) => {
        const name = document.createElement("bdi");
        name.textContent = file.name;
        return name;
      });
      chosen.replaceChildren(...(names.length ? names : [chosen.dataset.none]));
    }

    field.addEventListener("change", tell);
    field.form.addEventListener("reset", () => setTimeout(tell)); // the field is emptied behind this
    part.classList.add("scripted");
    if (field.files.length) tell(); // the browser has kept them over a reload
  }
})();
