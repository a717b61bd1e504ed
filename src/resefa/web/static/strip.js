// A row of pictures that are buttons: the samples to choose from, or the same edit on other samples.
const { parts, session, make, roving, join } = window.resefa;
const root = element, find = (selector) => root.querySelector(selector);
join(server);
const row = find(".row"), name = props.name ?? "samples";
find(".strip").classList.toggle("large", name === "others");
row.setAttribute("aria-label", props.title ?? "");
find(".none").textContent = props.empty ?? "";
const { only } = roving(row);

function setStrip(next) {
  const pictures = next.pictures ?? [], still = next.action === "none";
  const old = [...row.children];
  row.replaceChildren(...pictures.map((picture, i) => {
    const button = old[i]?.dataset.id === String(picture.id) ? old[i] : make("button", { type: "button", "data-id": picture.id }, make("img", { alt: "", draggable: "false" }), make("span"));
    if (button.firstChild.src !== picture.src) button.firstChild.src = picture.src;
    button.lastChild.textContent = picture.label ?? "";
    button.setAttribute("aria-label", picture.label || `Picture ${i + 1}`);
    button.setAttribute("aria-pressed", String(Boolean(picture.chosen)));
    button.disabled = still;
    button.onclick = () => choose(picture.id);
    return button;
  }));
  only(row.querySelector("[aria-pressed=true]") ?? row.firstElementChild);
  find(".none").hidden = pictures.length > 0;
}

function choose(id) {
  for (const button of row.children) button.setAttribute("aria-pressed", String(button.dataset.id === String(id)));
  parts.canvas?.busy(true);
  props.value = { token: session.token, id };
  trigger("select");
}

parts.strips[name] = { setStrip, busy: (on) => find(".strip").classList.toggle("busy", on) };
watch("strip", () => { if (props.strip) setStrip(props.strip); });
setStrip(props.strip ?? { pictures: [] });
