/**
 * Category colours. Any colour an administrator picks stays legible, because only its hue (and whether it is a
 * grey) is used; lightness and chroma are the theme's (`app.css`).
 */
export interface Tint {
  /** OKLCH hue in degrees. */
  hue: number;
  /** OKLCH chroma, 0 to 0.13. */
  chroma: number;
}

const MAX_CHROMA = 0.13;
const GREY: Tint = { hue: 255, chroma: 0.012 };

/** The preset names that Outlook uses for calendars, as hues. */
const NAMED: Record<string, number> = {
  lightblue: 250,
  lightgreen: 150,
  lightorange: 60,
  lightyellow: 95,
  lightteal: 195,
  lightpink: 350,
  lightbrown: 50,
  lightred: 25,
};

/** The tint of `#rrggbb`, `#rgb` or an Outlook preset name; a text that is none gets a hue of its own. */
export function tintOf(colour: string | undefined): Tint {
  const text = (colour ?? '').trim().toLowerCase();
  if (!text || text === 'auto' || text === 'lightgray' || text === 'none') return GREY;
  const named = NAMED[text];
  if (named !== undefined) return { hue: named, chroma: 0.12 };
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?$/.exec(text)?.[1];
  return hex ? hexTint(hex) : { hue: hash(text) % 360, chroma: 0.11 };
}

function hexTint(hex: string): Tint {
  const full = hex.length === 3 ? [...hex].map((c) => c + c).join('') : hex;
  const channel = (at: number) => {
    const value = parseInt(full.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const [r, g, b] = [channel(0), channel(2), channel(4)];
  // Björn Ottosson's OKLab: linear sRGB -> cone response -> a, b.
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const chroma = Math.hypot(a, bb);
  if (chroma < 0.025) return GREY;
  const hue = (Math.atan2(bb, a) * 180) / Math.PI;
  return {
    hue: Math.round((hue + 360) % 360),
    chroma: Math.round(Math.min(MAX_CHROMA, Math.max(0.09, chroma)) * 1000) / 1000,
  };
}

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return value;
}
