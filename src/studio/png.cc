#include "studio/png.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "core/files.h"

namespace manybody::studio {
namespace {

// ---- Letters ----------------------------------------------------------------------------------------------------------------

constexpr int kLetterWidth = 5, kLetterHeight = 9, kAdvance = 6, kLineHeight = 11;  // two of the nine rows lie below the line
constexpr int kPerBand = 16, kFirstLetter = 32, kLastLetter = 126;

// Six bands of sixteen letters, in ASCII order from the space.
constexpr const char* kFont[] = {
    "        #    # #   # #    #   ##     ##     #      #   #                                       ",
    "        #    # #   # #   #### ##  # #  #    #     #     #     #     #                         #",
    "        #    # #  ##### # #      #  # #     #    #       #  # # #   #                        # ",
    "        #          # #   ###    #    #           #       #   ###  #####       #####         #  ",
    "        #         #####   # #  #    # # #        #       #  # # #   #                      #   ",
    "                   # #  ####  #  ## #  #          #     #     #     #    ##          ##   #    ",
    "        #          # #    #      ##  ## #          #   #                 ##          ##        ",
    "                                                                          #                    ",
    "                                                                         #                     ",
    " ###    #    ###  #####    #  #####   ##  #####  ###   ###                 #         #     ### ",
    "#   #  ##   #   #    #    ##  #      #        # #   # #   #  ##    ##     #           #   #   #",
    "#  ##   #       #   #    # #  ####  #        #  #   # #   #  ##    ##    #    #####    #      #",
    "# # #   #      #     #  #  #      # ####    #    ###   ####             #               #    # ",
    "##  #   #     #       # #####     # #   #  #    #   #     #  ##    ##    #    #####    #    #  ",
    "#   #   #    #    #   #    #  #   # #   #  #    #   #    #   ##    ##     #           #        ",
    " ###   ###  #####  ###     #   ###   ###   #     ###   ##           #      #         #      #  ",
    "                                                                   #                           ",
    "                                                                                               ",
    " ###   ###  ####   ###  ###   ##### #####  ###  #   #  ###    ### #   # #     #   # #   #  ### ",
    "#   # #   # #   # #   # #  #  #     #     #   # #   #   #      #  #  #  #     ## ## ##  # #   #",
    "# ### #   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # # ##  # #   #",
    "# # # ##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # # # # # #   #",
    "# ### #   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   # #  ## #   #",
    "#     #   # #   # #   # #  #  #     #     #   # #   #   #   #  #  #  #  #     #   # #  ## #   #",
    " #### #   # ####   ###  ###   ##### #      #### #   #  ###   ##   #   # ##### #   # #   #  ### ",
    "                                                                                               ",
    "                                                                                               ",
    "####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####  ###         ###    #        ",
    "#   # #   # #   # #       #   #   # #   # #   # #   # #   #     #  #    #        #   # #       ",
    "#   # #   # #   # #       #   #   # #   # #   #  # #   # #     #   #     #       #  #   #      ",
    "####  #   # ####   ###    #   #   # #   # # # #   #     #     #    #      #      #             ",
    "#     # # # # #       #   #   #   #  # #  # # #  # #    #    #     #       #     #             ",
    "#     #  #  #  #      #   #   #   #  # #  ## ## #   #   #   #      #        #    #             ",
    "#      ## # #   # ####    #    ###    #   #   # #   #   #   #####  ###         ###             ",
    "                                                                                          #####",
    "                                                                                               ",
    " #          #               #         ##        #       #      #  #      ##                    ",
    "  #         #               #        #  #       #                 #       #                    ",
    "       ###  # ##   ###   ## #  ###   #     #### # ##   ##     ##  #  #    #   ## #  # ##   ### ",
    "          # ##  # #     #  ## #   # ###   #   # ##  #   #      #  # #     #   # # # ##  # #   #",
    "       #### #   # #     #   # #####  #    #   # #   #   #      #  ##      #   # # # #   # #   #",
    "      #   # #   # #   # #   # #      #    #  ## #   #   #      #  # #     #   # # # #   # #   #",
    "       #### ####   ###   ####  ###   #     ## # #   #  ###     #  #  #   ###  #   # #   #  ### ",
    "                                              #             #  #                               ",
    "                                           ###               ##                                ",
    "                         #                                           #    #    #               ",
    "                         #                                          #     #     #              ",
    "####   #### # ##   #### ###   #   # #   # #   # #   # #   # #####   #     #     #    #         ",
    "#   # #   # ##  # #      #    #   # #   # #   #  # #  #   #    #   #      #      #  # # #      ",
    "#   # #   # #      ###   #    #   # #   # # # #   #   #   #   #     #     #     #      #       ",
    "##  # #  ## #         #  #  # #  ##  # #  # # #  # #  #  ##  #      #     #     #              ",
    "# ##   ## # #     ####    ##   ## #   #    # #  #   #  ## # #####    #    #    #               ",
    "#         #                                               #                                    ",
    "#         #                                            ###                                     ",
};

bool inked(char letter, int column, int row) {
  int code = static_cast<unsigned char>(letter);
  if (code < kFirstLetter || code > kLastLetter) code = '?';
  const int index = code - kFirstLetter;
  return kFont[index / kPerBand * kLetterHeight + row][index % kPerBand * kAdvance + column] == '#';
}

void fill(Image& image, int x, int y, int width, int height, std::array<uint8_t, 3> colour) {
  for (int j = std::max(y, 0); j < std::min(y + height, image.height); ++j)
    for (int i = std::max(x, 0); i < std::min(x + width, image.width); ++i)
      std::copy(colour.begin(), colour.end(), image.pixel(i, j));
}

void darken(Image& image, int x, int y, int width, int height) {
  for (int j = std::max(y, 0); j < std::min(y + height, image.height); ++j)
    for (int i = std::max(x, 0); i < std::min(x + width, image.width); ++i)
      for (int c = 0; c < 3; ++c) image.pixel(i, j)[c] = static_cast<uint8_t>(image.pixel(i, j)[c] * 2 / 5);
}

// ---- PNG --------------------------------------------------------------------------------------------------------------------

void append_u32(std::string& to, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(v >> shift & 0xff);
}

void append_chunk(std::string& to, const char* name, std::string_view data) {
  append_u32(to, static_cast<uint32_t>(data.size()));
  const size_t start = to.size();
  to.append(name, 4).append(data);
  const auto* checked = reinterpret_cast<const Bytef*>(to.data() + start);
  append_u32(to, static_cast<uint32_t>(crc32(0, checked, static_cast<uInt>(to.size() - start))));
}

// PNG section 9.2: what the pixel to the left (a), above (b) and above left (c) promise.
int predict(int filter, int a, int b, int c) {
  switch (filter) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return (a + b) / 2;
    case 4: {
      const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    default:
      return 0;
  }
}

// The filter whose residuals have the least sum of magnitudes (PNG section 12.7).
void append_filtered_row(std::string& to, const Image& image, int y) {
  const size_t size = 3 * static_cast<size_t>(image.width);
  const uint8_t* row = image.pixel(0, y);
  const std::vector<uint8_t> blank(y == 0 ? size : 0, 0);
  const uint8_t* above = y == 0 ? blank.data() : image.pixel(0, y - 1);
  std::string best, tried(size, '\0');
  long best_cost = -1;
  int best_filter = 0;
  for (int filter = 0; filter <= 4; ++filter) {
    long cost = 0;
    for (size_t i = 0; i < size; ++i) {
      const int a = i >= 3 ? row[i - 3] : 0, c = i >= 3 ? above[i - 3] : 0;
      const auto residual = static_cast<int8_t>(row[i] - predict(filter, a, above[i], c));
      tried[i] = static_cast<char>(residual);
      cost += std::abs(residual);
    }
    if (best_cost < 0 || cost < best_cost) best = tried, best_cost = cost, best_filter = filter;
  }
  to += static_cast<char>(best_filter);
  to += best;
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  MB_CHECK(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                     static_cast<uLong>(bytes.size()), 6) == Z_OK);
  out.resize(size);
  return out;
}

}  // namespace

Image::Image(int w, int h, std::array<uint8_t, 3> colour) : width(w), height(h) {
  MB_CHECK(w > 0 && h > 0);
  rgb.resize(3 * static_cast<size_t>(w) * static_cast<size_t>(h));
  fill(*this, 0, 0, w, h, colour);
}

std::string encode_png(const Image& image) {
  MB_CHECK(image.width > 0 && image.height > 0);
  std::string rows;
  for (int y = 0; y < image.height; ++y) append_filtered_row(rows, image, y);
  std::string header;
  append_u32(header, static_cast<uint32_t>(image.width));
  append_u32(header, static_cast<uint32_t>(image.height));
  header += std::string("\x08\x02\0\0\0", 5);  // 8 bits, truecolour, deflate, adaptive filters, not interlaced
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_chunk(bytes, "IHDR", header);
  append_chunk(bytes, "sRGB", std::string(1, '\0'));
  append_chunk(bytes, "IDAT", deflated(rows));
  append_chunk(bytes, "IEND", "");
  return bytes;
}

void write_png(const std::string& path, const Image& image) { core::write_file(path, encode_png(image)); }

Extent text_extent(std::string_view text, int scale) {
  int widest = 0, column = 0, lines = 1;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + 1;
    lines += c == '\n';
    widest = std::max(widest, column);
  }
  if (widest == 0) return {};
  return {scale * (widest * kAdvance - 1), scale * ((lines - 1) * kLineHeight + kLetterHeight)};
}

void draw_text(Image& image, int x, int y, int scale, std::array<uint8_t, 3> colour, std::string_view text) {
  int column = 0, line = 0;
  for (const char c : text) {
    if (c == '\n') {
      column = 0, ++line;
      continue;
    }
    for (int j = 0; j < kLetterHeight; ++j)
      for (int i = 0; i < kLetterWidth; ++i)
        if (inked(c, i, j))
          fill(image, x + scale * (column * kAdvance + i), y + scale * (line * kLineHeight + j), scale, scale, colour);
    ++column;
  }
}

void draw_label(Image& image, int x, int y, int scale, std::string_view text) {
  const Extent extent = text_extent(text, scale);
  if (extent.width == 0) return;
  const int margin = 3 * scale;
  darken(image, x, y, extent.width + 2 * margin, extent.height + 2 * margin - scale);
  draw_text(image, x + margin, y + margin, scale, {245, 247, 250}, text);
}

}  // namespace manybody::studio
