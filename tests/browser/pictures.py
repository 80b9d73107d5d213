"""Pictures of a page, small enough for the documentation: 256 colours, as indexed PNG."""

from __future__ import annotations

import base64
import os
import struct
import zlib
from pathlib import Path

from playwright.async_api import Page

_REDUCE = """async source => {
  const image = new Image();
  image.src = "data:image/png;base64," + source;
  await image.decode();
  const { width, height } = image;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const parts = colour => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const often = [...counts].sort((one, other) => other[1] - one[1]);
  // The plain areas keep their colour exactly; the edges of letters get the nearest of a coarse set.
  const palette = [];
  const coarse = new Set();
  for (const [colour] of often) {
    const cell = parts(colour).map(part => part >> 4).join();
    if (palette.length >= 256) break;
    if (palette.length >= 48 && coarse.has(cell)) continue;
    coarse.add(cell);
    palette.push(colour);
  }
  const nearest = new Map();
  for (const [colour] of often) {
    const [r, g, b] = parts(colour);
    let best = 0, least = Infinity;
    palette.forEach((one, index) => {
      const [x, y, z] = parts(one);
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [index, far];
    });
    nearest.set(colour, best);
  }
  let text = "";
  for (const pixel of pixels) text += String.fromCharCode(nearest.get(pixel));
  return { width, height, palette: palette.flatMap(parts), indices: btoa(text) };
}"""


async def picture(page: Page, name: str) -> None:
    """Keep what the page shows as `name`.png in the folder that RINGWARD_SCREENS names; without one, do nothing."""
    if folder := os.environ.get("RINGWARD_SCREENS"):
        shot = await page.screenshot(animations="disabled", caret="hide")
        # A blank page of its own: the page that is photographed has a policy and refuses such images.
        blank = await page.context.new_page()
        found = await blank.evaluate(_REDUCE, base64.b64encode(shot).decode())
        await blank.close()
        size, colours = (found["width"], found["height"]), bytes(found["palette"])
        (Path(folder) / f"{name}.png").write_bytes(_indexed(size, colours, base64.b64decode(found["indices"])))


def _indexed(size: tuple[int, int], palette: bytes, indices: bytes) -> bytes:
    """An indexed PNG (RFC 2083): `size` in pixels, three bytes a colour, one a pixel."""
    width, height = size
    rows = b"".join(b"\0" + indices[width * row : width * (row + 1)] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
