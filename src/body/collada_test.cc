#include "body/collada.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace manybody::body {
namespace {

// A unit square of one quad, given in centimetres and placed by a node.
std::string square(const std::string& up = "Z_UP",
                   const std::string& node = "<translate>100 0 0</translate><rotate>0 0 1 90</rotate>") {
  return "<COLLADA><asset><unit meter=\"0.01\"/><up_axis>" + up +
         "</up_axis></asset><library_geometries><geometry id=\"g\"><mesh>"
         "<source id=\"s\"><float_array id=\"a\" count=\"12\">0 0 0 100 0 0 100 100 0 0 100 0</float_array><technique_common>"
         "<accessor source=\"#a\" count=\"4\" stride=\"3\"/></technique_common></source>"
         "<vertices id=\"v\"><input semantic=\"POSITION\" source=\"#s\"/></vertices>"
         "<polylist count=\"1\"><input semantic=\"VERTEX\" source=\"#v\" offset=\"0\"/><input semantic=\"NORMAL\" source=\"#n\" "
         "offset=\"1\"/>"
         "<vcount>4</vcount><p>0 0 1 0 2 0 3 0</p></polylist></mesh></geometry></library_geometries>"
         "<library_visual_scenes><visual_scene><node>" +
         node + "<instance_geometry url=\"#g\"/></node></visual_scene></library_visual_scenes></COLLADA>";
}

TEST(collada, units_nodes_and_polygons_are_read) {
  const ColladaMesh mesh = read_collada(square());
  ASSERT_EQ(mesh.points.size(), 4u);
  ASSERT_EQ(mesh.corners.size(), 6u);       // a quad is two triangles
  EXPECT_NEAR(mesh.points[1][0], 1, 1e-6);  // (1, 0) turned by 90 degrees, then moved by 1 m
  EXPECT_NEAR(mesh.points[1][1], 1, 1e-6);
  EXPECT_NEAR(mesh.points[2][0], 0, 1e-6);
}

TEST(collada, y_up_becomes_z_up) {
  const ColladaMesh mesh = read_collada(square("Y_UP", ""));
  ASSERT_EQ(mesh.points.size(), 4u);
  EXPECT_NEAR(mesh.points[2][2], 1, 1e-6);
  EXPECT_NEAR(mesh.points[2][1], 0, 1e-6);
}

TEST(collada, damaged_files_give_nothing_or_less_and_never_a_bad_index) {
  const std::string good = square();
  uint64_t seed = 3;
  for (size_t round = 0; round < 200; ++round) {
    std::string text = round < 40 ? good.substr(0, good.size() * round / 40) : good;
    for (int k = 0; k < 6 && round >= 40; ++k) {
      seed = seed * 6364136223846793005ull + 1442695040888963407ull;
      text[(seed >> 33) % text.size()] = static_cast<char>(' ' + (seed >> 20) % 90);
    }
    const ColladaMesh mesh = read_collada(text);
    for (int c : mesh.corners) ASSERT_LT(static_cast<size_t>(c), mesh.points.size());
  }
}

}  // namespace
}  // namespace manybody::body
