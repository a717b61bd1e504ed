// The region over the picture: masks in device pixels, coloured and hatched by mode. Later shapes win, as in the library.
window.resefa.overlay ??= (() => {
  "use strict";
  const MODES = ["edit", "protect", "ignore"];
  // Modes differ in hue, in lightness and in texture.
  const LOOKS = {
    edit: { line: "#ff2e93", halo: "#ffffff", fill: "rgba(255,46,147,.14)", texture: null },
    protect: { line: "#1746c8", halo: "#ffffff", fill: "rgba(23,70,200,.16)", texture: "lines" },
    ignore: { line: "#e8e9ee", halo: "#24262e", fill: "rgba(232,233,238,.30)", texture: "dots" },
  };

  function canvasOf(width, height) {
    const canvas = document.createElement("canvas");
    canvas.width = width; canvas.height = height;
    return canvas;
  }

  // The outline of a shape in the pixels of a surface; strokes are lines with round ends.
  function trace(context, shape, width, height) {
    context.beginPath();
    if (shape.kind === "box") {
      const [top, left, high, wide] = shape.box;
      context.rect(left * width, top * height, wide * width, high * height);
    } else if (shape.kind === "ellipse") {
      const [top, left, high, wide] = shape.box ?? shape.ellipse;
      context.ellipse((left + wide / 2) * width, (top + high / 2) * height, (wide / 2) * width, (high / 2) * height, 0, 0, 7);
    } else if (shape.kind === "polygon" || shape.kind === "stroke") {
      shape.points.forEach(([row, col], i) => (i ? context.lineTo(col * width, row * height) : context.moveTo(col * width, row * height)));
      if (shape.kind === "polygon") context.closePath();
      else if (shape.points.length === 1) context.lineTo(shape.points[0][1] * width + 0.01, shape.points[0][0] * height);
    }
  }

  function stamp(context, shape, width, height) {
    trace(context, shape, width, height);
    if (shape.kind === "stroke") {
      context.lineWidth = 2 * shape.radius * height;
      context.lineCap = context.lineJoin = "round";
      context.strokeStyle = "#000";
      context.stroke();
    } else {
      context.fillStyle = "#000";
      context.fill();
    }
  }

  // A preset names a shape (or several) of the picture's own list.
  function resolved(shape, presets) {
    if (shape.kind !== "preset") return [shape];
    const found = presets.find((preset) => preset.name === shape.name)?.shape;
    return (Array.isArray(found) ? found : found ? [found] : []).map((one) => ({ ...one, mode: shape.mode }));
  }

  class Masks {
    constructor() { this.key = ""; this.surfaces = {}; this.used = {}; }

    draw(shapes, presets, width, height) {
      const key = JSON.stringify([width, height, shapes]);
      if (key === this.key) return;
      this.key = key;
      for (const mode of MODES) {
        const surface = (this.surfaces[mode] ??= canvasOf(width, height));
        if (surface.width !== width || surface.height !== height) { surface.width = width; surface.height = height; }
        surface.getContext("2d").clearRect(0, 0, width, height);
        this.used[mode] = false;
      }
      for (const shape of shapes) this.add(shape, presets, width, height);
    }

    add(shape, presets, width, height) {
      for (const one of resolved(shape, presets)) {
        for (const mode of MODES) {
          const context = this.surfaces[mode].getContext("2d");
          const own = mode === one.mode;
          if (!own && !this.used[mode]) continue;
          context.globalCompositeOperation = own ? "source-over" : "destination-out";
          stamp(context, one, width, height);
          if (own) this.used[mode] = true;
        }
      }
    }
  }

  function texture(context, kind, colour, scale) {
    const step = Math.round((kind === "lines" ? 8 : 7) * scale);
    const tile = canvasOf(step, step), paint = tile.getContext("2d");
    paint.strokeStyle = paint.fillStyle = colour;
    if (kind === "lines") {
      paint.lineWidth = 1.6 * scale;
      for (const shift of [-step, 0, step]) {
        paint.beginPath(); paint.moveTo(shift, step); paint.lineTo(shift + step, 0); paint.stroke();
      }
    } else {
      paint.beginPath(); paint.arc(step / 2, step / 2, 1.3 * scale, 0, 7); paint.fill();
    }
    return context.createPattern(tile, "repeat");
  }

  // The rim of a mask: the mask grown by `reach` pixels, less the mask.
  function rim(mask, reach, colour, scratch) {
    const context = scratch.getContext("2d");
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, scratch.width, scratch.height);
    for (let i = 0; i < 8; i += 1) {
      context.drawImage(mask, reach * Math.cos((i * Math.PI) / 4), reach * Math.sin((i * Math.PI) / 4));
    }
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour;
    context.fillRect(0, 0, scratch.width, scratch.height);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(mask, 0, 0);
    return scratch;
  }

  let scratch = null;
  function paint(context, masks, { scale, feather }) {
    const { width, height } = context.canvas;
    context.clearRect(0, 0, width, height);
    if (!scratch || scratch.width !== width || scratch.height !== height) scratch = canvasOf(width, height);
    for (const mode of ["ignore", "protect", "edit"]) {
      if (!masks.used[mode]) continue;
      const look = LOOKS[mode], mask = masks.surfaces[mode];
      const fill = scratch.getContext("2d");
      fill.globalCompositeOperation = "source-over";
      fill.clearRect(0, 0, width, height);
      fill.filter = mode === "edit" && feather > 0 ? `blur(${(feather * height) / 2}px)` : "none";
      fill.drawImage(mask, 0, 0);
      fill.filter = "none";
      fill.globalCompositeOperation = "source-in";
      fill.fillStyle = look.fill;
      fill.fillRect(0, 0, width, height);
      context.drawImage(scratch, 0, 0);
      if (look.texture) {
        fill.globalCompositeOperation = "source-over";
        fill.clearRect(0, 0, width, height);
        fill.drawImage(mask, 0, 0);
        fill.globalCompositeOperation = "source-in";
        fill.fillStyle = texture(fill, look.texture, look.line, scale);
        fill.fillRect(0, 0, width, height);
        context.globalAlpha = 0.7;
        context.drawImage(scratch, 0, 0);
        context.globalAlpha = 1;
      }
      context.globalAlpha = 0.75;
      context.drawImage(rim(mask, 2.6 * scale, look.halo, scratch), 0, 0);
      context.globalAlpha = 1;
      context.drawImage(rim(mask, 1.6 * scale, look.line, scratch), 0, 0);
    }
  }

  // A shape in progress: tinted, with a thin line where it has an outline.
  function sketch(context, shape, scale) {
    const { width, height } = context.canvas, look = LOOKS[shape.mode] ?? { line: "#15151c", fill: "rgba(255,255,255,.55)" };
    trace(context, shape, width, height);
    if (shape.kind === "stroke") {
      context.lineWidth = 2 * shape.radius * height;
      context.lineCap = context.lineJoin = "round";
      context.strokeStyle = look.fill;
      context.stroke();
      return;
    }
    context.fillStyle = look.fill;
    context.fill();
    for (const [wide, colour] of [[3.2, "rgba(255,255,255,.85)"], [1.6, look.line]]) {
      context.lineWidth = wide * scale; context.strokeStyle = colour; context.stroke();
    }
  }

  return { Masks, paint, sketch, trace, resolved, LOOKS, MODES };
})();
