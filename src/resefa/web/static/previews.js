// Looping previews of the cards: one clock for the page; frames forward and back, zoomed to what changes.
window.resefa.Preview ??= (() => {
  "use strict";
  const { calm } = window.resefa;
  const FRAMES_A_SECOND = 8, SMALL = 48, SMALLEST_VIEW = 0.5;
  const running = new Set();
  let last = 0;

  function tick(now) {
    if (running.size) requestAnimationFrame(tick); else { last = 0; return; }
    if (now - last < 1000 / FRAMES_A_SECOND) return;
    last = now;
    for (const preview of running) preview.step();
  }

  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) { target.preview.visible = isIntersecting; target.preview.update(); }
  });

  function loaded(source) {
    const image = new Image();
    image.src = source;
    return image.decode().then(() => image);
  }

  // The square that holds most of the difference between the outermost frames, never less than half of the picture.
  function changedSquare(first, last) {
    const [a, b] = [first, last].map((image) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SMALL;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0, SMALL, SMALL);
      return context.getImageData(0, 0, SMALL, SMALL).data;
    });
    const rows = new Float64Array(SMALL), cols = new Float64Array(SMALL);
    for (let i = 0; i < SMALL * SMALL; i += 1) {
      const change = (a[4 * i] - b[4 * i]) ** 2 + (a[4 * i + 1] - b[4 * i + 1]) ** 2 + (a[4 * i + 2] - b[4 * i + 2]) ** 2;
      rows[Math.floor(i / SMALL)] += change; cols[i % SMALL] += change;
    }
    const span = (sums) => {
      const all = sums.reduce((one, two) => one + two, 0);
      let low = 0, high = SMALL, below = 0, above = 0;
      while (low < SMALL - 1 && below + sums[low] < 0.04 * all) below += sums[low++];
      while (high > low + 1 && above + sums[high - 1] < 0.04 * all) above += sums[--high];
      return [low / SMALL, high / SMALL];
    };
    const [top, bottom] = span(rows), [left, right] = span(cols);
    const side = Math.min(1, Math.max(SMALLEST_VIEW, 1.35 * Math.max(bottom - top, right - left)));
    const start = (middle) => Math.min(1 - side, Math.max(0, middle - side / 2));
    return { top: start((top + bottom) / 2), left: start((left + right) / 2), side };
  }

  return class Preview {
    visible = false; attended = false; heat = false;
    #frames = []; #heatImage = null; #view = { top: 0, left: 0, side: 1 }; #at = 0; #way = 1; #serial = 0; #rest = 0;

    constructor(canvas) {
      this.canvas = canvas;
      canvas.preview = this;
      watcher.observe(canvas);
      calm.addEventListener("change", () => this.update());
    }

    async show(frames, heat, places) {
      const mine = ++this.#serial;
      const [images, heatImage] = await Promise.all([Promise.all(frames.map(loaded)), heat ? loaded(heat) : null]);
      if (mine !== this.#serial) return;
      this.#frames = images; this.#heatImage = heatImage;
      this.#rest = Math.max(0, places.indexOf(0));
      if (images.length > 1) this.#view = changedSquare(images[0], images.at(-1));
      this.#at = Math.min(this.#at, images.length - 1);
      this.update();
      this.paint();
    }

    get plays() { return this.visible && !this.heat && this.#frames.length > 1 && (!calm.matches || this.attended); }

    update() {
      const before = running.size;
      if (this.plays) running.add(this); else running.delete(this);
      if (!before && running.size) requestAnimationFrame(tick);
      if (!this.plays && calm.matches) { this.#at = this.#rest; this.paint(); }
    }

    step() {
      const most = this.#frames.length - 1;
      if (this.#at >= most) this.#way = -1; else if (this.#at <= 0) this.#way = 1;
      this.#at += this.#way;
      this.paint();
    }

    paint() {
      const image = this.#frames[this.#at];
      if (!image) return;
      const { canvas } = this, context = canvas.getContext("2d");
      const size = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)) || 192;
      if (canvas.width !== size) canvas.width = canvas.height = size;
      context.imageSmoothingQuality = "high";
      const { top, left, side } = this.#view;
      const cut = (one) => context.drawImage(one, left * one.naturalWidth, top * one.naturalHeight, side * one.naturalWidth, side * one.naturalHeight, 0, 0, size, size);
      cut(this.heat && this.#heatImage ? this.#heatImage : image);
    }

    remove() { running.delete(this); watcher.unobserve(this.canvas); this.visible = false; }
  };
})();
