// Drawing on the picture with mouse, pen, touch or keyboard. Positions are [row, column] in fractions of the picture.
window.resefa.Drawing ??= (() => {
  "use strict";
  const MOST_STROKE_POINTS = 200, MOST_POLYGON_POINTS = 500, SMALLEST_BOX = 0.012, CLOSING_PIXELS = 12;
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const rounded = (value) => Math.round(value * 1e5) / 1e5;

  // Leaves out the points that lie closest to the line between their neighbours (Ramer, Douglas, Peucker).
  function simplified(points, tolerance) {
    const kept = new Set([0, points.length - 1]), parts = [[0, points.length - 1]];
    while (parts.length) {
      const [from, to] = parts.pop();
      const [r0, c0] = points[from], [r1, c1] = points[to];
      const length = Math.hypot(r1 - r0, c1 - c0);
      let far = 0, at = -1;
      for (let i = from + 1; i < to; i += 1) {
        const [r, c] = points[i];
        const away = length ? Math.abs((r1 - r0) * (c - c0) - (c1 - c0) * (r - r0)) / length : Math.hypot(r - r0, c - c0);
        if (away > far) { far = away; at = i; }
      }
      if (far > tolerance) { kept.add(at); parts.push([from, at], [at, to]); }
    }
    return [...kept].sort((a, b) => a - b).map((i) => points[i]);
  }

  function thinned(points) {
    let tolerance = 0.0008, fewer = points;
    do { fewer = simplified(points, tolerance); tolerance *= 1.6; } while (fewer.length > MOST_STROKE_POINTS);
    return fewer.map(([row, col]) => [rounded(row), rounded(col)]);
  }

  return class Drawing {
    tool = "box"; mode = "edit"; radius = 0.04;
    draft = null; pointer = null; cursor = null;
    #anchor = null; #points = null; #touches = new Map(); #pinch = null; #captured = null;

    constructor(stage, viewport, host) {
      this.stage = stage; this.viewport = viewport; this.host = host;
      viewport.addEventListener("pointerdown", (event) => this.#down(event));
      viewport.addEventListener("pointermove", (event) => this.#move(event));
      viewport.addEventListener("pointerup", (event) => this.#up(event));
      viewport.addEventListener("pointercancel", (event) => { this.#touches.delete(event.pointerId); this.cancel(); });
      viewport.addEventListener("pointerleave", () => { this.pointer = null; this.host.redraw(); });
      stage.addEventListener("dblclick", () => this.tool === "polygon" && this.#close());
      stage.addEventListener("keydown", (event) => this.#key(event));
      stage.addEventListener("blur", () => { this.cursor = null; this.host.redraw(); });
    }

    get busy() { return this.draft !== null; }

    choose(tool, mode) { this.cancel(); this.tool = tool; this.mode = mode; }

    cancel() {
      this.draft = null; this.#anchor = null; this.#points = null; this.#captured = null;
      this.host.redraw();
    }

    // One step back within a polygon in progress; false where there is none.
    back() {
      if (this.tool !== "polygon" || !this.#points) return false;
      this.#points.pop();
      if (this.#points.length) this.#polygon(); else this.cancel();
      return true;
    }

    place(event) {
      const frame = this.stage.getBoundingClientRect();
      return [clamp((event.clientY - frame.top) / frame.height), clamp((event.clientX - frame.left) / frame.width)];
    }

    #down(event) {
      if (!this.host.picture() || this.host.locked()) return;
      const inside = this.stage.contains(event.target);
      if (event.pointerType === "touch") {
        this.#touches.set(event.pointerId, [event.clientX, event.clientY]);
        if (this.#touches.size === 2) { this.cancel(); this.#pinch = this.#spread(); return; }
        if (!inside) return;
      }
      if (event.button !== 0 || this.#captured !== null || this.#onScrollbar(event)) return;
      event.preventDefault();
      this.stage.classList.add("by-hand");
      this.stage.focus({ preventScroll: true });
      this.cursor = null;
      const here = this.place(event);
      if (this.tool === "polygon") { this.#click(here, event); return; }
      this.#captured = event.pointerId;
      this.viewport.setPointerCapture(event.pointerId);
      if (this.tool === "box") { this.#anchor = here; this.#box(here); } else { this.#points = [here]; this.#stroke(); }
    }

    #move(event) {
      if (!this.host.picture()) return;
      if (event.pointerType === "touch" && this.#touches.has(event.pointerId)) {
        this.#touches.set(event.pointerId, [event.clientX, event.clientY]);
        if (this.#pinch) { this.#zoom(); return; }
      }
      this.pointer = this.place(event);
      if (event.pointerId === this.#captured) {
        if (this.tool === "box") this.#box(this.pointer);
        else {
          const events = event.getCoalescedEvents?.() ?? [];
          for (const one of events.length ? events : [event]) this.#points.push(this.place(one));
          this.#stroke();
        }
      } else if (this.tool === "polygon" && this.#points) this.#polygon(this.pointer);
      this.host.redraw();
    }

    #up(event) {
      this.#touches.delete(event.pointerId);
      if (this.#touches.size < 2) this.#pinch = null;
      if (event.pointerId !== this.#captured) return;
      this.#captured = null;
      if (this.tool === "box") this.#box(this.place(event));
      this.#finish();
    }

    #onScrollbar(event) {
      const frame = this.viewport.getBoundingClientRect();
      return event.clientX - frame.left > this.viewport.clientWidth || event.clientY - frame.top > this.viewport.clientHeight;
    }

    #spread() {
      const [[x0, y0], [x1, y1]] = [...this.#touches.values()];
      return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, distance: Math.hypot(x1 - x0, y1 - y0) };
    }

    #zoom() {
      const now = this.#spread(), before = this.#pinch;
      this.viewport.scrollBy(before.x - now.x, before.y - now.y);
      if (before.distance > 0) this.host.zoomBy(now.distance / before.distance, now.x, now.y);
      this.#pinch = now;
    }

    // Boxes end on pixels of the picture: what is drawn is what the library takes.
    #box([row, col]) {
      const { width, height } = this.host.picture();
      const snap = (value, size) => Math.round(value * size) / size;
      const top = snap(Math.min(row, this.#anchor[0]), height), bottom = snap(Math.max(row, this.#anchor[0]), height);
      const left = snap(Math.min(col, this.#anchor[1]), width), right = snap(Math.max(col, this.#anchor[1]), width);
      this.draft = { kind: "box", mode: this.mode, box: [top, left, bottom - top, right - left] };
      this.host.redraw();
    }

    #stroke() {
      const mode = this.tool === "erase" ? "erase" : this.mode;
      this.draft = { kind: "stroke", mode, points: this.#points, radius: this.radius };
      this.host.redraw();
    }

    #polygon(next = null) {
      this.draft = { kind: "polygon", mode: this.mode, points: next ? [...this.#points, next] : [...this.#points], open: true };
      this.host.redraw();
    }

    #click(here, event) {
      const frame = this.stage.getBoundingClientRect();
      const near = ([row, col]) => Math.hypot((row - here[0]) * frame.height, (col - here[1]) * frame.width);
      if (!this.#points) this.#points = [here];
      else if (this.#points.length >= 3 && near(this.#points[0]) <= CLOSING_PIXELS * (event.pointerType === "touch" ? 1.8 : 1)) { this.#close(); return; }
      else if (near(this.#points.at(-1)) > 3 && this.#points.length < MOST_POLYGON_POINTS) this.#points.push(here);
      this.#polygon();
      if (this.#points.length === 1) this.host.say("Click to add points; click the first point or press Enter to close.");
    }

    #close() {
      if (!this.#points || this.#points.length < 3) { this.host.say("A polygon needs at least three points."); return; }
      this.draft = { kind: "polygon", mode: this.mode, points: this.#points.map(([row, col]) => [rounded(row), rounded(col)]) };
      this.#finish();
    }

    #finish() {
      const shape = this.draft;
      this.cancel();
      if (!shape) return;
      if (shape.kind === "box" && (shape.box[2] < SMALLEST_BOX || shape.box[3] < SMALLEST_BOX)) {
        this.host.say("Hold the button down and drag to draw a box.");
        return;
      }
      if (shape.kind === "stroke") shape.points = thinned(shape.points);
      this.host.finish(shape);
    }

    // Keyboard: arrows move a cursor; Enter starts and ends a box or closes a polygon; Space sets a point or a dab.
    #key(event) {
      if (!this.host.picture() || event.ctrlKey || event.metaKey) return;
      this.stage.classList.remove("by-hand");
      const step = (event.shiftKey ? 10 : event.altKey ? 0.4 : 2) / 100;
      const way = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key];
      if (way) {
        this.cursor ??= [0.5, 0.5];
        this.cursor = [clamp(this.cursor[0] + way[0]), clamp(this.cursor[1] + way[1])];
        if (this.tool === "box" && this.#anchor) { this.#box(this.cursor); this.#tellBox(); }
        else {
          if (this.tool === "polygon" && this.#points) this.#polygon(this.cursor);
          this.host.say(`Row ${Math.round(this.cursor[0] * 100)} %, column ${Math.round(this.cursor[1] * 100)} %.`);
        }
      } else if (event.key === "Enter" || event.key === " ") this.#press(event.key === "Enter");
      else if (event.key === "Escape") { if (!this.busy) return; this.cancel(); this.host.say("Cancelled."); }
      else if (event.key === "Backspace" && this.back()) { /* the last point is gone */ }
      else if (event.key === "[" || event.key === "]") this.host.brush(event.key === "]" ? 1.2 : 1 / 1.2);
      else return;
      event.preventDefault();
      this.host.redraw();
    }

    #press(enter) {
      if (this.tool === "polygon" && enter && this.#points) { this.#close(); return; }
      this.cursor ??= this.pointer ?? [0.5, 0.5];
      if (this.tool === "polygon") { this.#click(this.cursor, { pointerType: "keyboard" }); return; }
      if (this.tool !== "box") { this.#points = [this.cursor]; this.#stroke(); this.#finish(); return; }
      if (this.#anchor) this.#finish();
      else { this.#anchor = this.cursor; this.#box(this.cursor); this.host.say("Box started. Arrow keys resize it; Enter ends, Escape cancels."); }
    }

    #tellBox() {
      const [, , high, wide] = this.draft.box;
      this.host.say(`Box ${Math.round(wide * 100)} % wide, ${Math.round(high * 100)} % high.`);
    }
  };
})();
