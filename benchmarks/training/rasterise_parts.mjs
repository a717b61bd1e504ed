// Rasterises the parts of ToonHead (Johan Melin, CC BY 4.0) and of the glasses, each as a layer of its own.
//
//     npm install @dicebear/toon-head@9 @resvg/resvg-js@2
//     node rasterise_parts.mjs out 256
//
// Writes out/toon.json, the names of the parts and the picture's side, and out/toon.bin: for each part two pictures of premultiplied
// RGBA bytes, drawn in black and in white of its colour. pack_parts.py packs both files.
import fs from 'fs';
import path from 'path';
import { pathToFileURL } from 'url';
import { Resvg } from '@resvg/resvg-js';

const [folder, side] = [process.argv[2], Number(process.argv[3])];
if (!folder || !(side > 0)) {
  console.error('Give the output folder and the side in pixels: node rasterise_parts.mjs out 256');
  process.exit(2);
}

const COMPONENTS = path.resolve('node_modules/@dicebear/toon-head/lib/components');
const GROUPS = ['rearHair', 'body', 'head', 'clothes', 'mouth', 'beard', 'eyes', 'eyebrows', 'hair'];
const VIEW = '104 84 560 560'; // the part of the 768-unit drawing that is shown
const TINTS = ['#000000', '#ffffff'];
const REAR_HAIR_DOWN = 10; // in units, so that the rear hair does not show above the head

// Alpha masks take the alpha of what they contain; resvg would take its brightness unless it is white.
const whiteMasks = (svg) =>
  svg.replace(/<mask [^>]*mask-type:alpha[^>]*>.*?<\/mask>/gs, (mask) => mask.replace(/fill="[^"]*"/g, 'fill="#fff"'));

const picture = (body) => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${VIEW}" fill="none">${body}</svg>`;
  return Buffer.from(new Resvg(svg, { fitTo: { mode: 'width', value: side } }).render().pixels);
};

// Glasses, drawn for this set; the eyes are near (306, 404) and (462, 404) in the drawing.
const [L, R, Y] = [306, 462, 404];
const GLASSES = {
  glassesRound: (colour) => `
    <g fill="none" stroke="${colour}" stroke-width="9">
      <circle cx="${L}" cy="${Y}" r="46"/><circle cx="${R}" cy="${Y}" r="46"/>
      <path d="M${L + 46} ${Y} q ${(R - L - 92) / 2} -18 ${R - L - 92} 0"/>
      <path d="M${L - 46} ${Y} l-58 -14 M${R + 46} ${Y} l58 -14"/>
    </g>`,
  glassesSquare: (colour) => `
    <g fill="none" stroke="${colour}" stroke-width="10" stroke-linejoin="round">
      <rect x="${L - 50}" y="${Y - 34}" width="98" height="70" rx="12"/>
      <rect x="${R - 48}" y="${Y - 34}" width="98" height="70" rx="12"/>
      <path d="M${L + 48} ${Y - 8} h ${R - L - 96}"/>
      <path d="M${L - 50} ${Y - 14} l-54 -8 M${R + 50} ${Y - 14} l54 -8"/>
    </g>`,
  sunglasses: (colour) => `
    <g fill="#1b1b22" stroke="${colour}" stroke-width="8" stroke-linejoin="round">
      <path d="M${L - 54} ${Y - 30} h104 q4 66 -48 66 q-56 0 -56 -66z"/>
      <path d="M${R - 50} ${Y - 30} h104 q0 66 -56 66 q-52 0 -48 -66z"/>
      <path d="M${L + 48} ${Y - 22} h ${R - L - 96}" fill="none"/>
      <path d="M${L - 54} ${Y - 24} l-50 -2 M${R + 54} ${Y - 24} l50 -2" fill="none"/>
    </g>
    <path d="M${L - 34} ${Y - 18} l26 0 l-24 30z M${R - 30} ${Y - 18} l26 0 l-24 30z" fill="#fff" fill-opacity=".25"/>`,
};

const drawings = [];
for (const group of GROUPS) {
  const kinds = (await import(pathToFileURL(path.join(COMPONENTS, `${group}.js`)).href))[group];
  for (const [kind, draw] of Object.entries(kinds)) {
    drawings.push([group, kind, (tint) => {
      const svg = whiteMasks(draw({}, { hair: tint, skin: tint, clothes: tint }));
      return group === 'rearHair' ? `<g transform="translate(0 ${REAR_HAIR_DOWN})">${svg}</g>` : svg;
    }]);
  }
}
for (const [kind, draw] of Object.entries(GLASSES)) drawings.push(['glasses', kind, draw]);

fs.mkdirSync(folder, { recursive: true });
const out = fs.openSync(path.join(folder, 'toon.bin'), 'w');
for (const [, , draw] of drawings) for (const tint of TINTS) fs.writeSync(out, picture(draw(tint)));
fs.closeSync(out);
const index = drawings.map(([group, kind]) => [group, kind]);
fs.writeFileSync(path.join(folder, 'toon.json'), JSON.stringify({ R: side, index }));
console.log(`${index.length} parts of ${side} x ${side} pixels in ${folder}`);
