// Previews of the cards: a loop (one clock for the page; frames forward and back) and a still picture of each end, zoomed to what changes.
window.resefa.Preview ??= (() => {
  "use strict";
  const { calm } = window.resefa;
  const FRAMES_A_SECOND = 8, SMALL = 48;
  // How closely a picture is cut: the part of the change left out on each side, the margin around the rest, and the least side of the square.
  const LOOP = { out: 0.04, margin: 1.35, least: 0.5 }, CLOSE = { out: 0.08, margin: 1.2, least: 0.3 };
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

  // Where the outermost frames differ: the sums of the squared differences of each row and of each column.
  function changes(first, last) {
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
    return { rows, cols };
  }

  // The square that holds most of these differences.
  function changedSquare({ rows, cols }, { out, margin, least }) {
    const span = (sums) => {
      const all = sums.reduce((one, two) => one + two, 0);
      let low = 0, high = SMALL, below = 0, above = 0;
      while (low < SMALL - 1 && below + sums[low] < out * all) below += sums[low++];
      while (high > low + 1 && above + sums[high - 1] < out * all) above += sums[--high];
      return [low / SMALL, high / SMALL];
    };
    const [top, bottom] = span(rows), [left, right] = span(cols);
    const side = Math.min(1, Math.max(least, margin * Math.max(bottom - top, right - left)));
    const start = (middle) => Math.min(1 - side, Math.max(0, middle - side / 2));
    return { top: start((top + bottom) / 2), left: start((left + right) / 2), side };
  }

  const WHOLE = { top: 0, left: 0, side: 1 };

  // Draws the part `view` of an image, as sharp as the screen.
  function draw(canvas, image, { top, left, side }, width) {
    const context = canvas.getContext("2d");
    const size = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)) || width;
    if (canvas.width !== size) canvas.width = canvas.height = size;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, left * image.naturalWidth, top * image.naturalHeight, side * image.naturalWidth, side * image.naturalHeight, 0, 0, size, size);
  }

  return class Preview {
    visible = false; attended = false; heat = false;
    #frames = []; #heatImage = null; #view = WHOLE; #close = WHOLE; #at = 0; #way = 1; #serial = 0; #rest = 0;

    // `ends`: the canvases of the first and the last frame.
    constructor(canvas, ends) {
      this.canvas = canvas; this.ends = ends;
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
      if (images.length > 1) {
        const where = changes(images[0], images.at(-1));
        this.#view = changedSquare(where, LOOP); this.#close = changedSquare(where, CLOSE);
      }
      this.#at = Math.max(0, Math.min(this.#at, images.length - 1));
      this.update();
      this.paint();
      if (images.length) [images[0], images.at(-1)].forEach((image, i) => draw(this.ends[i], image, this.#close, 120));
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
      draw(this.canvas, this.heat && this.#heatImage ? this.#heatImage : image, this.#view, 192);
    }

    remove() { running.delete(this); watcher.unobserve(this.canvas); this.visible = false; }
  };
})();
