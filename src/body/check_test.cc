#include <gtest/gtest.h>

#include "body/describe.h"
#include "body/library.h"
#include "body/test_bodies.h"
#include "body/xml.h"

namespace manybody::body {
namespace {

using testing::carrier;
using testing::plain;
using testing::replaced;
using testing::TemporaryFile;

std::vector<Finding> check(const std::string& name, const std::string& text) {
  return check_file(TemporaryFile(name, text).path());
}

int line_of(const std::string& text, const std::string& words) {
  const size_t at = text.find(words);
  return at == std::string::npos ? -1 : 1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
}

const Finding* find(const std::vector<Finding>& findings, Finding::Level level, const std::string& words) {
  for (const Finding& f : findings)
    if (f.level == level && (f.element + " " + f.problem).find(words) != std::string::npos) return &f;
  return nullptr;
}

std::string all_of(const std::vector<Finding>& findings) { return findings_text("file", findings); }

constexpr auto kError = Finding::Level::error;
constexpr auto kWarning = Finding::Level::warning;

TEST(check, good_files_have_no_errors) {
  for (const char* file : {"plain.xml", "carrier.urdf"}) {
    const std::vector<Finding> findings = check_file(testing::kData + file);
    EXPECT_FALSE(has_errors(findings)) << all_of(findings);
  }
  const std::vector<Finding> g1 = check_file(testing::kRobots + "unitree_g1/g1_mjx.xml");
  EXPECT_FALSE(has_errors(g1)) << all_of(g1);
}

TEST(check, every_mistake_is_told_with_its_line) {
  std::string text = plain();
  text = replaced(text, "name=\"nod\" axis=\"0 1 0\" range=\"-0.5 0.5\"", "name=\"nod\" axis=\"0 1 0\" range=\"0.5 -0.5\"");
  text = replaced(text, "name=\"left_elbow\" axis=\"0 0 1\"", "name=\"left_elbow\" axis=\"0 zero 1\"");
  text = replaced(text, "</mujoco>", "  <actuator>\n    <motor joint=\"left_kne\" gear=\"1\"/>\n  </actuator>\n</mujoco>");
  const std::vector<Finding> findings = check("three.xml", text);
  const Finding* range = find(findings, kError, "upside down");
  ASSERT_NE(range, nullptr) << all_of(findings);
  EXPECT_EQ(range->line, line_of(text, "name=\"nod\""));
  EXPECT_EQ(range->element, "joint 'nod'");
  const Finding* number = find(findings, kError, "is not a number");
  ASSERT_NE(number, nullptr) << all_of(findings);
  EXPECT_EQ(number->line, line_of(text, "0 zero 1"));
  const Finding* joint = find(findings, kError, "left_kne");
  ASSERT_NE(joint, nullptr) << all_of(findings);
  EXPECT_EQ(joint->line, line_of(text, "left_kne\""));
  EXPECT_NE(joint->expected.find("left_knee"), std::string::npos);
}

TEST(check, broken_markup_names_the_line_that_opens) {
  const std::string text =
      replaced(plain(), "<geom type=\"box\" size=\"0.08 0.12 0.05\"/>", "<geom type=\"box\" size=\"0.08 0.12 0.05\">");
  const std::vector<Finding> findings = check("open.xml", text);
  const Finding* fault = find(findings, kError, "<geom>");
  ASSERT_NE(fault, nullptr) << all_of(findings);
  EXPECT_NE(fault->problem.find("line " + std::to_string(line_of(text, "0.08 0.12 0.05"))), std::string::npos) << fault->problem;
}

TEST(check, missing_meshes_and_efforts_of_a_urdf_are_warnings_with_lines) {
  std::string text = replaced(carrier(), "effort=\"90\"", "effort=\"0\"");
  const std::vector<Finding> findings = check("urdf.urdf", text);
  const Finding* mesh = find(findings, kWarning, "chest.stl");
  ASSERT_NE(mesh, nullptr) << all_of(findings);
  EXPECT_EQ(mesh->line, line_of(text, "chest.stl"));
  const Finding* effort = find(findings, kWarning, "no effort");
  ASSERT_NE(effort, nullptr) << all_of(findings);
  EXPECT_EQ(effort->line, line_of(text, "effort=\"0\""));
  EXPECT_FALSE(has_errors(findings)) << all_of(findings);
}

TEST(check, unknown_links_duplicate_names_and_absurd_masses) {
  std::string text = replaced(carrier(), "<parent link=\"l_shank\"/>", "<parent link=\"l_shnk\"/>");
  text = replaced(text, "<mass value=\"9\"/>", "<mass value=\"9000\"/>");
  text = replaced(text, "<link name=\"r_arm_a\">", "<link name=\"l_arm_a\">");
  const std::vector<Finding> findings = check("wrong.urdf", text);
  const Finding* link = find(findings, kError, "l_shnk");
  ASSERT_NE(link, nullptr) << all_of(findings);
  EXPECT_NE(link->expected.find("l_shank"), std::string::npos);
  const Finding* mass = find(findings, kError, "9000");
  ASSERT_NE(mass, nullptr) << all_of(findings);
  EXPECT_EQ(mass->line, line_of(text, "value=\"9000\""));
  EXPECT_EQ(mass->element, "link 'chest'");
  ASSERT_NE(find(findings, kError, "already used"), nullptr) << all_of(findings);
}

TEST(check, unknown_attributes_and_short_vectors_share_a_line) {
  const std::string head = "<geom type=\"sphere\" pos=\"0 0 0.08\" size=\"0.09\"/>";
  const std::string text = replaced(plain(), head, "<geom typ=\"sphere\" pos=\"0 0.08\" size=\"0.09\"/>");
  const std::vector<Finding> findings = check("attribute.xml", text);
  for (const char* words : {"typ", "has 2 numbers"}) {
    const Finding* f = find(findings, kError, words);
    ASSERT_NE(f, nullptr) << words << "\n" << all_of(findings);
    EXPECT_EQ(f->line, line_of(text, "geom typ=")) << words;
  }
}

TEST(check, asymmetry_is_a_warning) {
  std::string text = replaced(plain(), "name=\"right_ankle_pitch\" axis=\"0 1 0\" range=\"-0.9 0.7\"",
                              "name=\"right_ankle_pitch\" axis=\"0 1 0\" range=\"-0.9 0.2\"");
  const std::vector<Finding> findings = check("lame.xml", text);
  const Finding* range = find(findings, kWarning, "mirror image of 'left_ankle_pitch'");
  ASSERT_NE(range, nullptr) << all_of(findings);
  EXPECT_EQ(range->line, line_of(text, "name=\"right_ankle_pitch\""));
}

TEST(check, missing_and_empty_files_are_one_error) {
  EXPECT_TRUE(has_errors(check_file("/nowhere/at/all.xml")));
  EXPECT_TRUE(has_errors(check("empty.xml", "")));
  EXPECT_NE(findings_json("x", check("empty.xml", "")).find("\"usable\": false"), std::string::npos);
}

// Cut, noisy and hostile text: findings, never a crash, and never a clean bill for a file that cannot be read.
TEST(check, damaged_files_are_findings) {
  const std::string good = carrier();
  for (size_t i = 1; i < 12; ++i) EXPECT_TRUE(has_errors(check("cut.urdf", good.substr(0, good.size() * i / 12))));
  for (const char* text :
       {"<", "</a>", "<a b=", "<a b='", "<a b='1' b='2'/>", "<!-- never closed", "<a><b></a></b>", "\xff\x01\x02"})
    EXPECT_TRUE(has_errors(check("bad.xml", text))) << text;
  const std::string self = "<mujoco><include file=\"loop.xml\"/></mujoco>";
  EXPECT_TRUE(has_errors(check("loop.xml", self)));
  uint64_t seed = 7;
  for (int round = 0; round < 20; ++round) {
    std::string text = plain();
    for (int k = 0; k < 8; ++k) {
      seed = seed * 6364136223846793005ull + 1442695040888963407ull;
      text[(seed >> 33) % text.size()] = static_cast<char>((seed >> 20) & 0xff);
    }
    findings_json("noise.xml", check("noise.xml", text));
  }
}

TEST(xml, scanner_keeps_lines_and_parents) {
  const XmlText xml = scan_xml("<?xml?>\n<a x='1'>\n <!-- <b> -->\n <c\n  y=\"2\"/>\n</a>\n");
  ASSERT_EQ(xml.elements.size(), 2u);
  EXPECT_TRUE(xml.faults.empty());
  EXPECT_EQ(xml.elements[1].line, 4);
  EXPECT_EQ(xml.elements[1].parent, 0);
  EXPECT_EQ(*xml.elements[1].attribute("y"), "2");
  EXPECT_EQ(xml.elements[0].attribute("z"), nullptr);
}

}  // namespace
}  // namespace manybody::body
