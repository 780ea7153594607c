// Choosing a topic by its key and the beginning of its name: what is typed chooses as soon as only one topic begins so.
// The list of the form stays what it is for everybody else; the key and the letters are a short way to it.
"use strict";
(() => {
  function setUp() {
    const select = document.querySelector("#set-topic select");
    if (!select) return;
    const options = [...select.options].filter((option) => option.value);
    const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
    let typed = "";

    select.addEventListener("focus", () => { typed = ""; });
    select.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        select.blur();
        event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
      event.preventDefault(); // or the browser would choose by its own rules, and nothing would be saved
      const next = plain(typed + event.key);
      const found = options.filter((option) => plain(option.text).startsWith(next));
      if (!found.length) return;
      typed = next;
      select.value = found[0].value;
      if (found.length === 1) select.form.requestSubmit();
    });
  }

  setUp();
  document.addEventListener("desk-shown", setUp);
})();
