#include "studio/upload.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/files.h"
#include "core/rng.h"
#include "studio/limited.h"
#include "studio/zip.h"

namespace manybody::studio {
namespace {
namespace fs = std::filesystem;

const std::string kRobot = "<mujoco><worldbody><body><joint/></body></worldbody></mujoco>";

void put(std::string& out, uint32_t v, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(v >> (8 * i));
}

struct Entry {
  std::string name, content;
  bool deflate = true;
  uint32_t claimed = 0;  // size its directory claims; 0: the true one
};

// A .zip as the format says, written apart from the reader.
std::string zip_of(const std::vector<Entry>& entries) {
  std::string out, directory;
  for (const Entry& e : entries) {
    std::string packed = e.content;
    if (e.deflate) {
      z_stream z{};
      deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
      packed.assign(deflateBound(&z, e.content.size()), '\0');
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(e.content.data()));
      z.avail_in = static_cast<uInt>(e.content.size());
      z.next_out = reinterpret_cast<Bytef*>(packed.data());
      z.avail_out = static_cast<uInt>(packed.size());
      deflate(&z, Z_FINISH);
      packed.resize(z.total_out);
      deflateEnd(&z);
    }
    const uint32_t sum =
        static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(e.content.data()), static_cast<uInt>(e.content.size())));
    const uint32_t size = e.claimed ? e.claimed : static_cast<uint32_t>(e.content.size()), at = static_cast<uint32_t>(out.size());
    const auto common = [&](std::string& to) {
      put(to, 20, 2), put(to, 0, 2), put(to, e.deflate ? 8 : 0, 2), put(to, 0, 4), put(to, sum, 4);
      put(to, static_cast<uint32_t>(packed.size()), 4), put(to, size, 4), put(to, static_cast<uint32_t>(e.name.size()), 2),
          put(to, 0, 2);
    };
    put(out, 0x04034b50, 4), common(out);
    out += e.name + packed;
    put(directory, 0x02014b50, 4), put(directory, 20, 2), common(directory);
    put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 4), put(directory, at, 4);
    directory += e.name;
  }
  const uint32_t start = static_cast<uint32_t>(out.size());
  out += directory;
  put(out, 0x06054b50, 4), put(out, 0, 4), put(out, static_cast<uint32_t>(entries.size()), 2),
      put(out, static_cast<uint32_t>(entries.size()), 2);
  put(out, static_cast<uint32_t>(directory.size()), 4), put(out, start, 4), put(out, 0, 2);
  return out;
}

class UploadTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string place = (fs::temp_directory_path() / "manybody-upload-XXXXXX").string();
    ASSERT_NE(::mkdtemp(place.data()), nullptr);
    folder_ = place;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string store(const std::string& name, const std::string& bytes) {
    return store_upload(name, bytes, (folder_ / "0").string(), "robot");
  }
  std::string code_of(const std::string& name, const std::string& bytes) {
    try {
      store(name, bytes);
      return "";
    } catch (const Refusal& refusal) {
      EXPECT_STRNE(refusal.what(), "");
      return refusal.code();
    }
  }
  fs::path folder_;
};

TEST_F(UploadTest, a_file_is_stored_inside_its_folder_under_the_name_given) {
  const std::string path = store("../../etc/My Robot (1).xml", kRobot);
  EXPECT_EQ(core::read_file(path), kRobot);
  EXPECT_TRUE(path.starts_with(folder_.string()));
  EXPECT_EQ(fs::path(path).filename(), "robot.xml");
  EXPECT_EQ(upload_stem("../../etc/My Robot (1).xml"), "My_Robot_1");
  EXPECT_EQ(upload_stem("机器人.urdf"), "robot");
  EXPECT_EQ(upload_stem(std::string(500, 'a') + ".xml").size(), 60u);
}

TEST_F(UploadTest, references_outside_are_refused_whatever_they_are_written_like) {
  for (const std::string bad :
       {R"(<include file="/etc/passwd"/>)", R"(<mesh file='/home/u/x.stl'/>)", R"(<compiler meshdir="../../../../.."/>)",
        R"(<mesh file = "a/../../../../../x.stl"/>)", R"(<mesh file="&#47;etc/x.stl"/>)", R"(<mesh file="&#x2f;etc/x.stl"/>)",
        R"(<mesh file=" /etc/x.stl"/>)", R"(<mesh file="..\..\x.stl"/>)", R"(<mesh file="C:/x.stl"/>)",
        R"(<mesh file="~/x.stl"/>)", R"(<mesh file=" package://x/../../etc/x.stl"/>)", R"(<mesh file="FILE:///etc/x.stl"/>)",
        "<mesh file=\n\"/etc/x.stl\"/>"}) {
    EXPECT_EQ(code_of("r.xml", "<mujoco>" + bad + kRobot + "</mujoco>"), "outside") << bad;
  }
  EXPECT_EQ(code_of("r.xml", "<!DOCTYPE x [<!ENTITY a SYSTEM '/etc/passwd'>]>" + kRobot), "malformed");
  EXPECT_EQ(code_of("r.xml", "<mujoco><compiler meshdir=\"../meshes\"/><mesh file=\"a/b.stl\"/>" + kRobot + "</mujoco>"), "")
      << "one step to a folder beside is usual; what is stored lies deeper than that leads";
}

TEST_F(UploadTest, package_addresses_become_files_of_the_archive_or_names_that_do_not_exist) {
  const std::string urdf = R"(<robot><link name="l"><mesh filename="package://my_robot/meshes/leg.stl"/>)"
                           R"(<mesh filename="file:///etc/secret.stl"/></link><joint name="j"/></robot>)";
  const std::string path = store("r.zip", zip_of({{"pack/urdf/r.urdf", urdf}, {"pack/meshes/leg.stl", "solid", false}}));
  const std::string text = core::read_file(path);
  EXPECT_NE(text.find("\"../meshes/leg.stl\""), std::string::npos) << text;
  EXPECT_EQ(text.find("/etc"), std::string::npos) << text;
  EXPECT_EQ(core::read_file((fs::path(path).parent_path() / "../meshes/leg.stl").string()), "solid");
  const std::string alone = core::read_file(store("r.urdf", urdf));
  EXPECT_NE(alone.find("\"missing/leg.stl\""), std::string::npos) << "a primitive takes its place";
}

TEST_F(UploadTest, of_an_archive_the_description_with_the_joints_is_the_robot) {
  const std::string path = store("robot.zip", zip_of({{"x/scene.xml", "<mujoco><include file='r.xml'/></mujoco>"},
                                                      {"x/r.xml", kRobot},
                                                      {"x/package.xml", "<package/>"}}));
  EXPECT_EQ(core::read_file(path), kRobot);
  EXPECT_EQ(code_of("robot.zip", zip_of({{"readme.txt", "hello"}})), "bad_zip");
  EXPECT_EQ(code_of("notes.txt", "hello"), "not_a_robot");
  EXPECT_EQ(code_of("page.xml", "<html/>"), "not_a_robot");
}

TEST_F(UploadTest, archives_that_climb_grow_or_are_damaged_are_refused) {
  for (const std::string name : {"../x.xml", "/etc/x.xml", "a/../../x.xml", "a\\..\\x.xml", "a//x.xml", "./x.xml", "C:x.xml"}) {
    EXPECT_EQ(code_of("r.zip", zip_of({{name, kRobot}})), "bad_zip") << name;
  }
  ZipLimits small;
  small.bytes = 1000;
  EXPECT_THROW(read_zip(zip_of({{"a", std::string(600, 'x')}, {"b", std::string(600, 'x')}}), small), core::UserError);
  EXPECT_THROW(read_zip(zip_of({{"a", std::string(100000, 'x'), true, 500}}), small), core::UserError)
      << "it says less than it holds";
  EXPECT_THROW(read_zip(zip_of({{"a", "x", true, 0xfffffff0}}), small), core::UserError) << "it says more than it holds";
  small.files = 2;
  EXPECT_THROW(read_zip(zip_of({{"a", "1"}, {"b", "2"}, {"c", "3"}}), small), core::UserError);
  EXPECT_EQ(read_zip(zip_of({{"a", "1"}, {"b/c", "2", false}})), (std::map<std::string, std::string>{{"a", "1"}, {"b/c", "2"}}));
}

TEST_F(UploadTest, cut_and_mutated_archives_never_crash) {
  const std::string whole = zip_of({{"a/r.xml", kRobot}, {"a/m.stl", std::string(3000, 'm'), false}, {"b.txt", "text"}});
  for (size_t n = 0; n < whole.size(); n += 11) EXPECT_THROW(read_zip(std::string_view(whole).substr(0, n)), core::UserError);
  core::Rng rng(1, 0);
  for (int i = 0; i < 20000; ++i) {
    std::string bad = whole;
    for (int k = 0; k < 3; ++k)
      bad[static_cast<size_t>(rng.below(static_cast<int>(bad.size())))] = static_cast<char>(rng.below(256));
    try {
      for (const auto& [name, bytes] : read_zip(bad)) EXPECT_TRUE(is_plain_path(name));
    } catch (const core::UserError&) {}
  }
}

TEST_F(UploadTest, what_is_too_large_is_refused) {
  EXPECT_EQ(code_of("r.xml", std::string(kMaxUploadBytes + 1, ' ')), "too_large");
}

TEST(limited, output_and_status_come_back) {
  const Outcome good = run_limited({"sh", "-c", "echo hello; exit 3"});
  EXPECT_EQ(good.status, 3);
  EXPECT_EQ(good.output, "hello\n");
  EXPECT_FALSE(good.overrun);
  EXPECT_EQ(run_limited({"/no/such/program"}).status, 127);
}

TEST(limited, what_never_ends_is_ended) {
  Limits limits;
  limits.seconds = 1;
  EXPECT_TRUE(run_limited({"sh", "-c", "while :; do :; done"}, limits).overrun) << "processor time";
  EXPECT_TRUE(run_limited({"sleep", "1000"}, limits).overrun) << "wall time";
}

TEST(limited, memory_is_bounded_and_so_is_what_is_kept_of_the_output) {
  Limits limits;
  limits.megabytes = 200, limits.output = 1000;
  EXPECT_NE(run_limited({"sh", "-c", "x=$(head -c 400000000 /dev/zero | tr '\\0' x); echo ${#x}"}, limits).status, 0);
  EXPECT_EQ(run_limited({"sh", "-c", "head -c 100000 /dev/zero"}, limits).output.size(), 1000u);
}

}  // namespace
}  // namespace manybody::studio
