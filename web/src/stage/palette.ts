// The stage's colours, in one place. Panels use the same accents (style.css).

export const kPalette = {
  zenith: 0xc9d3de,
  horizon: 0xeef1f4,
  floor: 0xdfe4ea,
  line: 0x8d9aaa,
  mark: 0x75818f,
  command: 0x2563eb,
  measured: 0x0f9d76,
  push: 0xf0661c,
  force: 0xe0457b,
} as const;
