// Pictures while a slider moves: the last exact image plus, for each moved card, frame(now) - frame(then).
window.resefa.blend ??= (() => {
  "use strict";
  const HELD = 8;
  const cards = new Map();
  let size = { width: 0, height: 0 };
  let exact = null, exactAt = {}, serial = 0;
  let base = null, baseKey = "";

  async function pixels(source, width = size.width, height = size.height) {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width; canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }

  // The exact image of the positions `at`; a later call wins over one that still decodes.
  async function setExact(source, width, height, at) {
    const mine = ++serial;
    if (width !== size.width || height !== size.height) {
      size = { width, height };
      for (const card of cards.values()) card.data = null;
    }
    const data = await pixels(source, width, height);
    if (mine !== serial) return false;
    exact = data; exactAt = { ...at }; base = null;
    return true;
  }

  function setCard(id, places, frames) {
    const before = cards.get(id);
    if (before && before.frames.length === frames.length && before.frames.every((frame, i) => frame === frames[i])) return;
    cards.set(id, { places, frames, data: null, used: 0, loading: null });
    base = null;
  }

  function keepOnly(ids) {
    for (const id of [...cards.keys()]) if (!ids.has(id)) cards.delete(id);
  }

  // Frames become pixels when a hand comes near the slider; only the last few cards stay decoded.
  async function warm(id) {
    const card = cards.get(id);
    if (!card || !size.width) return false;
    card.used = performance.now();
    if (card.data) return true;
    card.loading ??= Promise.all(card.frames.map((frame) => pixels(frame))).then((data) => {
      card.data = data;
      const held = [...cards.values()].filter((one) => one.data).sort((a, b) => b.used - a.used);
      held.slice(HELD).forEach((one) => (one.data = null));
    }).finally(() => (card.loading = null));
    await card.loading;
    return true;
  }

  function between(card, position) {
    const { places } = card;
    let k = 0;
    while (k < places.length - 2 && position > places[k + 1]) k += 1;
    const span = places[k + 1] - places[k];
    const part = places.length < 2 ? 0 : Math.min(1, Math.max(0, (position - places[k]) / span));
    return [card.data[k], card.data[Math.min(k + 1, card.data.length - 1)], part];
  }

  function add(into, card, position, sign) {
    const [low, high, part] = between(card, position);
    const a = sign * (1 - part), b = sign * part;
    for (let i = 0; i < into.length; i += 1) into[i] += a * low[i] + b * high[i];
  }

  // Paints the picture of `positions`; `active` is the card whose slider moves. True where the picture is exact.
  function paint(context, positions, active = null) {
    if (!exact) return true;
    const moved = [...cards.keys()].filter((id) => (positions[id] ?? 0) !== (exactAt[id] ?? 0) && cards.get(id).data);
    const shown = new ImageData(size.width, size.height);
    if (!moved.length) {
      shown.data.set(exact);
      context.putImageData(shown, 0, 0);
      return true;
    }
    const others = moved.filter((id) => id !== active);
    const key = `${serial} ${active} ${others.map((id) => `${id}=${positions[id] ?? 0}`).join(" ")}`;
    if (!base || key !== baseKey) {
      base = Float32Array.from(exact);
      baseKey = key;
      for (const id of others) {
        add(base, cards.get(id), positions[id] ?? 0, 1);
        add(base, cards.get(id), exactAt[id] ?? 0, -1);
      }
      if (moved.includes(active)) add(base, cards.get(active), exactAt[active] ?? 0, -1);
    }
    const out = shown.data;
    if (moved.includes(active)) {
      const [low, high, part] = between(cards.get(active), positions[active] ?? 0);
      for (let i = 0; i < out.length; i += 1) out[i] = base[i] + low[i] + part * (high[i] - low[i]);
    } else out.set(base);
    for (let i = 3; i < out.length; i += 4) out[i] = 255;
    context.putImageData(shown, 0, 0);
    return false;
  }

  return { setExact, setCard, keepOnly, warm, paint, pixels };
})();
