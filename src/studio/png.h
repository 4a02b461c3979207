// Pictures in memory: pixels, words on them, PNG files.
//
// Reads: Image: 8-bit sRGB, rows from the top. Text: printable ASCII, '\n' for lines; anything else shows as '?'.
// Writes: pixels of the image given; PNG bytes (W3C PNG, third edition: truecolour, adaptive filters, zlib).
// Limits: whatever of a label lies outside the picture is not drawn.
// Errors: write_png throws core::UserError (place not writable, disk full); the file is whole or absent.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace manybody::studio {

struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;  // three bytes a pixel

  Image() = default;
  Image(int w, int h, std::array<uint8_t, 3> colour = {0, 0, 0});
  uint8_t* pixel(int x, int y) { return rgb.data() + 3 * (size_t(y) * size_t(width) + size_t(x)); }
  const uint8_t* pixel(int x, int y) const { return const_cast<Image*>(this)->pixel(x, y); }
  bool operator==(const Image&) const = default;
};

std::string encode_png(const Image& image);
void write_png(const std::string& path, const Image& image);

struct Extent {
  int width = 0, height = 0;
};
// Pixels that draw_text covers at this scale (whole multiples of a 5x7 letter).
Extent text_extent(std::string_view text, int scale);
// (x, y): top left corner of the first letter.
void draw_text(Image& image, int x, int y, int scale, std::array<uint8_t, 3> colour, std::string_view text);
// Text on a darkened plate, as a caption over a picture.
void draw_label(Image& image, int x, int y, int scale, std::string_view text);

}  // namespace manybody::studio
