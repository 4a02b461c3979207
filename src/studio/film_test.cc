#include "studio/film.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "body/body.h"
#include "body/library.h"
#include "core/error.h"
#include "core/files.h"
#include "physics/batch.h"
#include "studio/movie.h"
#include "studio/triangles.h"

namespace manybody::studio {
namespace fs = std::filesystem;
namespace {

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("manybody_film_" + std::to_string(::getpid()))) { fs::create_directories(path_); }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const char* name) const { return (path_ / name).string(); }
  size_t entries() const { return size_t(std::distance(fs::directory_iterator(path_), fs::directory_iterator())); }

 private:
  fs::path path_;
};

// ---- PNG: a decoder of its own, after the standard's text -------------------------------------------------------------------

uint32_t u32_at(const std::string& bytes, size_t at) {
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<uint8_t>(bytes[at + i]);
  return v;
}

int paeth(int a, int b, int c) {
  const int p = a + b - c;
  if (std::abs(p - a) <= std::abs(p - b) && std::abs(p - a) <= std::abs(p - c)) return a;
  return std::abs(p - b) <= std::abs(p - c) ? b : c;
}

Image decode_png(const std::string& bytes, std::set<int>* filters = nullptr) {
  EXPECT_EQ(bytes.substr(0, 8), "\x89PNG\r\n\x1a\n");
  Image image;
  std::string packed;
  for (size_t at = 8; at + 12 <= bytes.size();) {
    const uint32_t size = u32_at(bytes, at);
    const std::string name = bytes.substr(at + 4, 4), data = bytes.substr(at + 8, size);
    const auto* checked = reinterpret_cast<const Bytef*>(bytes.data() + at + 4);
    EXPECT_EQ(u32_at(bytes, at + 8 + size), crc32(0, checked, size + 4)) << name;
    if (name == "IHDR") image = Image(int(u32_at(data, 0)), int(u32_at(data, 4)));
    if (name == "IDAT") packed += data;
    at += 12 + size;
  }
  const size_t stride = 3 * size_t(image.width);
  std::string rows((stride + 1) * size_t(image.height), '\0');
  uLongf size = rows.size();
  const auto* from = reinterpret_cast<const Bytef*>(packed.data());
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size, from, packed.size()), Z_OK);
  EXPECT_EQ(size, rows.size());
  for (size_t y = 0; y < size_t(image.height); ++y) {
    const int filter = rows[y * (stride + 1)];
    if (filters) filters->insert(filter);
    for (size_t i = 0; i < stride; ++i) {
      uint8_t* out = image.rgb.data() + y * stride + i;
      const int a = i >= 3 ? out[-3] : 0, b = y > 0 ? *(out - stride) : 0, c = i >= 3 && y > 0 ? *(out - stride - 3) : 0;
      const int guess[] = {0, a, b, (a + b) / 2, paeth(a, b, c)};
      *out = static_cast<uint8_t>(rows[y * (stride + 1) + 1 + i] + guess[filter]);
    }
  }
  return image;
}

Image varied_image() {
  Image image(67, 120);
  unsigned noise = 1;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        noise = noise * 1664525u + 1013904223u;
        const int kinds[] = {3 * x + 40 * c, 3 * y + 5 * c, 2 * x + 3 * y, int(noise >> 24), x * y / 7, (x / 3 * 37) ^ (y / 20)};
        image.pixel(x, y)[c] = static_cast<uint8_t>(kinds[y / 20]);
      }
    }
  }
  return image;
}

TEST(png, decodes_to_the_same_pixels) {
  const Image image = varied_image();
  std::set<int> filters;
  EXPECT_EQ(decode_png(encode_png(image), &filters), image);
  EXPECT_GE(filters.size(), 3u);  // the picture does exercise the filters
}

TEST(png, file_is_whole_or_absent) {
  const Folder folder;
  const Image image = varied_image();
  write_png(folder / "a.png", image);
  EXPECT_EQ(decode_png(core::read_file(folder / "a.png")), image);
  EXPECT_THROW(write_png(folder / "no/such/a.png", image), core::UserError);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(text, covers_what_its_extent_says) {
  Image image(200, 60);
  draw_text(image, 10, 12, 2, {255, 255, 255}, "Wg\n[W]");
  const Extent extent = text_extent("Wg\n[W]", 2);
  int left = 200, right = 0, top = 60, bottom = 0;
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 200; ++x) {
      if (image.pixel(x, y)[0] == 0) continue;
      left = std::min(left, x), right = std::max(right, x + 1), top = std::min(top, y), bottom = std::max(bottom, y + 1);
    }
  }
  EXPECT_EQ(left, 10);
  EXPECT_EQ(top, 12);
  EXPECT_LE(right, 10 + extent.width);
  EXPECT_GE(right, 10 + extent.width - 4);
  EXPECT_LE(bottom, 12 + extent.height);
  draw_text(image, 190, 55, 3, {255, 255, 255}, "over the edge");  // cut, not crashed
}

TEST(text, every_letter_looks_different) {
  std::set<std::vector<uint8_t>> looks;
  for (char c = 32; c < 127; ++c) {
    Image image(8, 12);
    draw_text(image, 1, 1, 1, {255, 255, 255}, std::string(1, c));
    EXPECT_TRUE(looks.insert(image.rgb).second) << c;
  }
}

TEST(strip, puts_pictures_in_rows) {
  const std::vector<Image> images = {Image(4, 3, {10, 0, 0}), Image(4, 3, {20, 0, 0}), Image(4, 3, {30, 0, 0})};
  const Image sheet = strip(images, 2);
  EXPECT_EQ(sheet.pixel(0, 0)[0], 10);
  EXPECT_EQ(sheet.pixel(sheet.width - 1, 0)[0], 20);
  EXPECT_EQ(sheet.pixel(0, sheet.height - 1)[0], 30);
}

// ---- Mesh packs -------------------------------------------------------------------------------------------------------------

// A tetrahedron on link 1 by hand, as docs/protocol.md describes it.
std::string pack_by_hand(const std::string& indices) {
  std::string header = R"({"body":"b","links":[{"name":"a","parent":-1},{"name":"b","parent":0}],"parts":[{"link":1,)"
                       R"("position":[0,0,1],"rotation":[0,0,0,1],"color":[0.5,0.25,1,1],"vertices":4,"indices":6,)"
                       R"("offset_vertices":0,"offset_indices":24,"scale":0.5,"origin":[1,2,3]}],"bytes":36})";
  while (header.size() % 4 != 0) header += ' ';
  const uint16_t vertices[] = {0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 6};
  const auto length = static_cast<uint32_t>(header.size());
  return "MBM1" + std::string(reinterpret_cast<const char*>(&length), 4) + header +
         std::string(reinterpret_cast<const char*>(vertices), sizeof vertices) + indices;
}
const std::string kIndices("\0\0\1\0\2\0\0\0\2\0\3\0", 12);

TEST(solids, are_what_the_pack_says) {
  const std::vector<Solid> solids = read_solids(pack_by_hand(kIndices), "test");
  ASSERT_EQ(solids.size(), 1u);
  EXPECT_EQ(solids[0].link, 1);
  EXPECT_EQ(solids[0].colour, (std::array<float, 3>{0.5f, 0.25f, 1}));
  // origin + scale * v, turned half around z, raised by one
  EXPECT_EQ(solids[0].surface.points, (std::vector<float>{-1, -2, 4, -2, -2, 4, -1, -4, 4, -1, -2, 7}));
  EXPECT_EQ(solids[0].surface.corners, (std::vector<uint32_t>{0, 1, 2, 0, 2, 3}));
}

TEST(solids, damaged_packs_are_refused) {
  const std::string pack = pack_by_hand(kIndices);
  for (size_t n = 0; n < pack.size(); ++n) EXPECT_THROW(read_solids(pack.substr(0, n), "test"), core::UserError) << n;
  EXPECT_THROW(read_solids(pack_by_hand(std::string("\0\0\1\0\2\0\0\0\2\0\4\0", 12)), "test"), core::UserError);
  EXPECT_THROW(read_solids("\x1f\x8b nonsense", "test"), core::UserError);
}

// ---- Film -------------------------------------------------------------------------------------------------------------------

std::vector<Solid> block() {
  const Triangles box = make_box({0.1, 0.15, 0.5});
  return {{0, {0.8f, 0.8f, 0.8f}, make_surface(box.points, box.indices)}};
}

physics::Inspection standing_at(float x) {
  physics::Inspection now;
  now.links = {x, 0, 0.5f, 1, 0, 0, 0};
  return now;
}

FilmOptions small() {
  FilmOptions options;
  options.width = 160, options.height = 120;
  return options;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / double(a.rgb.size());
}

TEST(film, following_camera_keeps_the_body_and_moves_the_floor) {
  Film film(block(), 1, 100, small());
  const Image here = film.render(standing_at(0));
  const Image two_tiles_on = film.render(standing_at(0.5f)), one_tile_on = film.render(standing_at(0.25f));
  EXPECT_LT(mean_difference(here, two_tiles_on), 0.05);
  EXPECT_GT(mean_difference(here, one_tile_on), 0.5);
  film.options().follow = false;
  EXPECT_GT(mean_difference(film.render(standing_at(0)), film.render(standing_at(0.5f))), 2);
}

TEST(film, draws_contact_forces_unless_told_not_to) {
  physics::Inspection now = standing_at(0);
  now.contacts.push_back({{0.1, 0, 0}, {0, 0, 100}});
  Film film(block(), 1, 100, small());
  const auto orange = [](const Image& image) {
    int count = 0;
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) count += image.pixel(x, y)[0] > image.pixel(x, y)[2] + 60;
    return count;
  };
  EXPECT_GT(orange(film.render(now)), 10);
  film.options().contact_forces = false;
  EXPECT_EQ(orange(film.render(now)), 0);
}

TEST(film, diverged_world_is_an_empty_stage) {
  Film film(block(), 1, 100, small());
  physics::Inspection now = standing_at(NAN);
  now.contacts.push_back({{NAN, 0, 0}, {0, 0, INFINITY}});
  const Image image = film.render(now);
  EXPECT_GT(image.pixel(80, 10)[2], 50);
  EXPECT_EQ(image, film.render(standing_at(1e30f)));
}

TEST(film, words_stand_at_the_top_left) {
  Film film(block(), 1, 100, small());
  const Image bare = film.render(standing_at(0)), labelled = film.render(standing_at(0), "t 1.20 s");
  int changed = 0;
  for (int y = 0; y < bare.height; ++y) {
    for (int x = 0; x < bare.width; ++x) {
      const bool same = std::memcmp(bare.pixel(x, y), labelled.pixel(x, y), 3) == 0;
      changed += !same;
      EXPECT_TRUE(same || (x < 80 && y < 30));
    }
  }
  EXPECT_GT(changed, 300);
}

TEST(film, level_ground_by_function_looks_like_the_plane) {
  Film film(block(), 1, 100, small());
  const Image plane = film.render(standing_at(0));
  film.options().ground = [](double, double) { return 0.0; };
  EXPECT_LT(mean_difference(plane, film.render(standing_at(0))), 2);
  film.options().ground = [](double x, double) { return 0.3 * std::abs(std::sin(5 * x)); };
  EXPECT_GT(mean_difference(plane, film.render(standing_at(0))), 2);
}

TEST(film, simulated_body_stands_in_the_middle_of_its_picture) {
  const Folder cache;
  ::setenv("XDG_CACHE_HOME", (cache / "cache").c_str(), 1);
  const body::Body body = body::load_body(std::string(MB_SOURCE_DIR) + "/tests/data/bodies/plain.xml");
  physics::SceneOptions scene;
  const auto batch = physics::make_batch(body, scene, 1, 1);
  physics::Inspection now;
  batch->inspect(0, now);
  Film film(body, small());
  ::unsetenv("XDG_CACHE_HOME");
  const Image image = film.render(now);
  now.links.assign(now.links.size(), 0);  // all of it in one point under the floor: an empty stage
  for (size_t i = 0; i < now.links.size(); i += 7) now.links[i + 2] = -9, now.links[i + 3] = 1;
  const Image empty = film.render(now);
  int left = 160, right = 0, top = 120, bottom = 0;
  for (int y = 0; y < 120; ++y) {
    for (int x = 0; x < 160; ++x) {
      int difference = 0;
      for (int c = 0; c < 3; ++c) difference += std::abs(image.pixel(x, y)[c] - empty.pixel(x, y)[c]);
      if (difference < 60) continue;
      left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
    }
  }
  EXPECT_GT(bottom - top, 60);  // of 120: kFits leaves a quarter free
  EXPECT_GT(top, 3);
  EXPECT_LT(bottom, 117);
  EXPECT_NEAR((left + right) / 2, 80, 25);
}

// ---- Movies -----------------------------------------------------------------------------------------------------------------

TEST(movie, is_a_film_that_browsers_play) {
  if (!can_make_movies()) GTEST_SKIP() << "no ffmpeg on this machine";
  const Folder folder;
  for (const char* name : {"a.mp4", "b.gif"}) {
    Movie movie(folder / name, 67, 120, 25);  // an odd width, which H.264 alone would refuse
    for (int i = 0; i < 5; ++i) movie.add(varied_image());
    EXPECT_FALSE(fs::exists(folder / name));
    movie.finish();
  }
  const std::string mp4 = core::read_file(folder / "a.mp4"), gif = core::read_file(folder / "b.gif");
  EXPECT_EQ(mp4.substr(4, 4), "ftyp");
  EXPECT_LT(mp4.find("moov"), mp4.find("mdat"));  // plays before it is loaded whole
  EXPECT_NE(mp4.find("avc1"), std::string::npos);
  EXPECT_EQ(gif.substr(0, 6), "GIF89a");
  EXPECT_EQ(folder.entries(), 2u);
}

TEST(movie, given_up_leaves_nothing) {
  if (!can_make_movies()) GTEST_SKIP() << "no ffmpeg on this machine";
  const Folder folder;
  {
    Movie movie(folder / "a.mp4", 67, 120, 25);
    for (int i = 0; i < 3; ++i) movie.add(varied_image());
  }
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(movie, place_that_cannot_be_written_is_an_error) {
  if (!can_make_movies()) GTEST_SKIP() << "no ffmpeg on this machine";
  const Folder folder;
  const auto make = [&] {
    Movie movie(folder / "no/such/a.mp4", 67, 120, 25);
    for (int i = 0; i < 40; ++i) movie.add(varied_image());
    movie.finish();
  };
  try {
    make();
    FAIL() << "wrote into a folder that does not exist";
  } catch (const core::UserError& e) {
    EXPECT_NE(std::string(e.what()).find("No such file"), std::string::npos) << e.what();
  }
}

TEST(movie, needs_ffmpeg_and_an_ending_it_knows) {
  EXPECT_THROW(Movie("a.avi", 8, 8, 25), core::UserError);
  const char* before = std::getenv("PATH");
  const std::string path = before ? before : "";
  ::setenv("PATH", "/nonexistent", 1);
  EXPECT_FALSE(can_make_movies());
  try {
    Movie movie("a.mp4", 8, 8, 25);
    ADD_FAILURE() << "ran a program that is not there";
  } catch (const core::UserError& e) {
    EXPECT_NE(std::string(e.what()).find("install the package ffmpeg"), std::string::npos) << e.what();
  }
  ::setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace manybody::studio
