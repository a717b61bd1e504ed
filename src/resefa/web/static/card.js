// One card: what can change, by how much, and the slider that changes it.
window.resefa.Card ??= (() => {
  "use strict";
  const { make, icon, figure, call, say, Preview } = window.resefa;

  const MEASURE = "How much changes inside the region for each unit that changes outside, on average over both ends of the slider. More is better.";
  const arrows = (text) => (text ?? "").replaceAll("->", "→");
  const signed = (percent) => `${percent > 0 ? "+" : percent < 0 ? "−" : ""}${Math.abs(percent)} %`;

  // One end of a slider: a still picture of it, a button that moves the slider there, and a few words, which move it as well.
  class End {
    constructor(place, press) {
      const name = place < 0 ? "minus" : "plus";
      this.place = place;
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.button = make("button", { type: "button", class: `end ${name}`, onclick: press }, this.canvas);
      this.words = make("span", { class: `words ${name}`, "aria-hidden": "true", onclick: press });
    }

    say(text) {
      const said = arrows(text);
      this.words.textContent = said;
      this.button.setAttribute("aria-label", `${signed(100 * this.place)}${said ? `: ${said}` : ""}`);
      this.button.title = this.button.getAttribute("aria-label");
    }

    here(position) { this.button.classList.toggle("here", position === this.place); }
  }

  return class Card {
    #data = null;

    constructor(id, host) {
      this.id = id; this.host = host; this.position = 0;
      const toggle = (name, label, press) => make("button", { type: "button", class: `ghost ${name}`, "aria-label": label, title: label, onclick: press }, icon(name));
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.shot = make("button", { type: "button", class: "shot", "aria-pressed": "false", "aria-label": "Show where it changes", title: "Show where it changes", onclick: () => this.flip() },
        this.canvas, make("span", { class: "corner" }, icon("heat")));
      this.title = make("button", { type: "button", class: "name", title: "Rename (F2)", onclick: () => this.rename() });
      this.star = toggle("star", "Keep this edit when you draw elsewhere", () => this.keep());
      this.hide = toggle("hide", "Remove this edit", () => this.host.hide(this));
      this.slider = make("input", { type: "range", min: -100, max: 100, step: 1, value: 0 });
      this.output = make("output", { text: "0 %" });
      // Screen readers get the words of an end from the button of its picture.
      [this.minus, this.plus] = [-1, 1].map((place) => new End(place, () => { this.host.slide(this, place); this.host.settle(this); }));
      this.ratio = make("span", { class: "ratio" });
      this.meter = make("i");
      this.facts = make("dl", { class: "facts" });
      this.facts.hidden = true;
      this.more = make("button", { type: "button", class: "ghost details", "aria-expanded": "false", "aria-label": "Details", onclick: () => this.unfold() }, make("span", { text: "Details" }), icon("more"));
      this.node = make("article", { class: "card" },
        this.shot,
        make("div", { class: "head" }, this.title, make("span", { class: "icons" }, this.star, this.hide)),
        make("div", { class: "slide" }, this.minus.button, this.slider, this.plus.button, this.minus.words, this.output, this.plus.words),
        make("div", { class: "last" },
          make("div", { class: "measure", title: MEASURE }, make("span", { class: "meter", "aria-hidden": "true" }, this.meter), this.ratio),
          this.more),
        this.facts);
      this.preview = new Preview(this.canvas, [this.minus.canvas, this.plus.canvas]);
      this.#listen();
    }

    #listen() {
      const attend = (on) => () => { this.preview.attended = on; this.preview.update(); };
      this.node.addEventListener("pointerenter", () => { attend(true)(); this.host.warm(this); });
      this.node.addEventListener("pointerleave", attend(false));
      this.node.addEventListener("focusin", () => { attend(true)(); this.host.warm(this); });
      this.node.addEventListener("focusout", attend(false));
      this.node.addEventListener("keydown", (event) => { if (event.key === "F2") { event.preventDefault(); this.rename(); } });
      this.slider.addEventListener("pointerdown", () => this.host.warm(this));
      this.slider.addEventListener("input", () => this.host.slide(this, Number(this.slider.value) / 100));
      this.slider.addEventListener("change", () => this.host.settle(this));
      this.slider.addEventListener("dblclick", () => this.#zero());
      this.slider.addEventListener("keydown", (event) => { if (event.key === "Home") { event.preventDefault(); this.#zero(); } });
    }

    #zero() { this.host.slide(this, 0); this.host.settle(this); }

    get data() { return this.#data; }

    show(card) {
      const before = this.#data;
      this.#data = card = { ...before, ...card };
      if (!this.editing) this.title.textContent = card.name;
      this.node.setAttribute("aria-label", card.name);
      this.slider.setAttribute("aria-label", `${card.name}, percent`);
      this.minus.say(card.minus); this.plus.say(card.plus);
      const all = (card.inside ?? 0) + (card.outside ?? 0);
      this.meter.style.width = all > 0 ? `${(100 * card.inside) / all}%` : "0";
      this.ratio.replaceChildren(...this.#measure(card));
      this.star.setAttribute("aria-pressed", String(Boolean(card.kept)));
      this.shot.disabled = !card.heat;
      this.node.classList.toggle("early", card.state === "preview");
      this.#explain(card);
      if (!before || before.frames !== card.frames || before.heat !== card.heat) this.preview.show(card.frames ?? [], card.heat, card.places ?? [0]);
    }

    #measure({ inside, outside }) {
      if (!(inside > 0)) return ["not measured yet"];
      if (!(outside > 0)) return ["nothing changes outside"];
      const ratio = inside / outside;
      return ["inside : outside ", make("b", { text: `${ratio >= 10 ? Math.round(ratio) : figure(ratio)} : 1` })];
    }

    #explain({ ends, advanced, region, inside, outside }) {
      const measured = inside > 0 && outside > 0;
      const facts = [["Region", region], ["Inside : outside", measured ? MEASURE : null], ["Stops at −100 %", ends?.minus], ["Stops at +100 %", ends?.plus], ["Advanced", advanced?.replaceAll("; ", ";\n")]].filter(([, text]) => text);
      this.facts.replaceChildren(...facts.flatMap(([name, text]) => [make("dt", { text: name }), make("dd", { text })]));
      this.more.hidden = !facts.length;
    }

    place(position) {
      this.position = position;
      const percent = Math.round(position * 100);
      if (Number(this.slider.value) !== percent) this.slider.value = percent;
      this.output.textContent = signed(percent);
      this.minus.here(position); this.plus.here(position);
      this.slider.setAttribute("aria-valuetext", this.#spoken(percent));
      this.node.classList.toggle("used", percent !== 0);
      const here = 50 + percent / 2, [low, high] = here < 50 ? [here, 50] : [50, here];
      this.slider.style.setProperty("--track", `linear-gradient(to right, var(--rs-line) ${low}%, var(--rs-accent) ${low}% ${high}%, var(--rs-line) ${high}%)`);
    }

    #spoken(percent) {
      const what = percent < 0 ? this.#data?.minus : percent > 0 ? this.#data?.plus : null;
      return `${percent} percent${what ? `, ${what}` : ""}`;
    }

    flip() {
      this.preview.heat = !this.preview.heat;
      this.shot.setAttribute("aria-pressed", String(this.preview.heat));
      this.preview.update(); this.preview.paint();
    }

    unfold() {
      this.facts.hidden = !this.facts.hidden;
      this.more.setAttribute("aria-expanded", String(!this.facts.hidden));
    }

    async keep() {
      const kept = !this.#data.kept;
      this.show({ kept });
      const answer = await call("keep", { id: this.id, kept });
      if (answer.error) this.show({ kept: !kept });
    }

    rename() {
      if (this.editing) return;
      this.editing = true;
      const field = make("input", { type: "text", class: "naming", maxlength: 60, "aria-label": "Name of this edit", value: this.#data.name });
      let over = false;
      const end = async (take, refocus) => {
        if (over) return;
        over = true; this.editing = false;
        const name = field.value.trim(), before = this.#data.name;
        field.replaceWith(this.title);
        if (refocus) this.title.focus();
        if (!take || !name || name === before) return;
        this.show({ name });
        const answer = await call("rename", { id: this.id, name });
        if (answer.error) this.show({ name: before });
        else if (answer.deck) this.host.deck(answer.deck);
      };
      field.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Enter") { event.preventDefault(); end(true, true); } // else the key would press the title
        else if (event.key === "Escape") end(false, true);
      });
      field.addEventListener("blur", () => end(true, false));
      this.title.replaceWith(field);
      field.focus(); field.select();
    }

    remove() { this.preview.remove(); this.node.remove(); }
  };
})();
