#include "core/config.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/error.h"

namespace manybody::core {
namespace {

struct Inner {
  double gamma = 0.99;
  int epochs = 4;
  void describe(Fields& f) {
    f.number("gamma", gamma, "discount of future reward", {0, 1});
    f.integer("epochs", epochs, "passes over a batch", {1, 100});
  }
};

struct Options {
  std::string body = "g1", terrain = "flat";
  uint64_t seed = 1;
  bool quiet = false;
  double tiny = 0;
  std::vector<double> hidden{256, 128};
  Inner ppo;
  Fields fields() {
    Fields f;
    f.text("body", body, "body to train");
    f.text("terrain", terrain, "ground", {"flat", "rough"});
    f.seed("seed", seed, "seed");
    f.flag("quiet", quiet, "say less");
    f.number("tiny", tiny, "any number");
    f.numbers("hidden", hidden, "layer sizes", {1, 4096});
    f.group("ppo", [&] { ppo.describe(f); });
    return f;
  }
};

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

std::string toml_error(const std::string& toml) {
  Options options;
  Fields fields = options.fields();
  return error_of([&] { fields.read_toml_text(toml, "walk.toml"); });
}

TEST(Config, toml_sets_every_kind_of_field) {
  Options o;
  Fields f = o.fields();
  f.read_toml_text(
      "body = \"h1\"\nterrain = 'rough'\nseed = 7\nquiet = true\ntiny = 3\nhidden = [64, 32.0]\n"
      "[ppo]\ngamma = 0.5\nepochs = 1e1\n",
      "t");
  EXPECT_EQ(o.body, "h1");
  EXPECT_EQ(o.terrain, "rough");
  EXPECT_EQ(o.seed, 7u);
  EXPECT_TRUE(o.quiet);
  EXPECT_EQ(o.tiny, 3.0);
  EXPECT_EQ(o.hidden, (std::vector<double>{64, 32}));
  EXPECT_EQ(o.ppo.gamma, 0.5);
  EXPECT_EQ(o.ppo.epochs, 10);
}

TEST(Config, what_a_file_does_not_name_keeps_its_value) {
  Options o;
  o.ppo.epochs = 9;
  Fields f = o.fields();
  f.read_toml_text("[ppo]\ngamma = 0.25\n", "t");
  EXPECT_EQ(o.ppo.epochs, 9);
  EXPECT_EQ(o.body, "g1");
}

TEST(Config, unknown_name_says_file_line_and_near_match) {
  EXPECT_EQ(toml_error("seed = 3\n[ppo]\ngama = 0.9\n"), "walk.toml:3: there is no 'ppo.gama'; did you mean 'ppo.gamma'?");
}

TEST(Config, right_name_in_the_wrong_group_is_found) {
  EXPECT_NE(toml_error("gamma = 0.9\n").find("did you mean 'ppo.gamma'?"), std::string::npos);
  EXPECT_NE(toml_error("[pppo]\nepoch = 3\n").find("walk.toml:1"), std::string::npos);
}

TEST(Config, wrong_type_says_what_was_given_and_what_is_expected) {
  EXPECT_EQ(toml_error("\n[ppo]\nepochs = \"many\"\n"),
            "walk.toml:3: ppo.epochs cannot be \"many\" (expected a whole number from 1 to 100)");
  EXPECT_EQ(toml_error("[ppo]\nepochs = 2.5\n"), "walk.toml:2: ppo.epochs cannot be 2.5 (expected a whole number from 1 to 100)");
  EXPECT_EQ(toml_error("quiet = 1\n"), "walk.toml:1: quiet cannot be 1 (expected true or false)");
  EXPECT_EQ(toml_error("body = 3\n"), "walk.toml:1: body cannot be 3 (expected text)");
  EXPECT_EQ(toml_error("hidden = 3\n"), "walk.toml:1: hidden cannot be 3 (expected a list of numbers, each from 1 to 4096)");
  EXPECT_NE(toml_error("hidden = [\"a\"]\n").find("hidden cannot be a list with \"a\""), std::string::npos);
  EXPECT_NE(toml_error("tiny = [1]\n").find("tiny cannot be a list"), std::string::npos);
  EXPECT_NE(toml_error("tiny = 2020-01-01\n").find("tiny cannot be a date"), std::string::npos);
  EXPECT_NE(toml_error("ppo = 3\n").find("'ppo' is a group"), std::string::npos);
  EXPECT_NE(toml_error("[body]\nx = 3\n").find("body cannot be a group"), std::string::npos);
}

TEST(Config, values_outside_their_range_are_refused_and_not_stored) {
  Options o;
  Fields f = o.fields();
  EXPECT_EQ(error_of([&] { f.set("ppo.gamma", "1.5", "--ppo.gamma"); }),
            "--ppo.gamma: ppo.gamma cannot be '1.5' (expected a number from 0 to 1)");
  EXPECT_EQ(o.ppo.gamma, 0.99);
  EXPECT_NE(error_of([&] { f.set("hidden", "64,9999", "--hidden"); }), "no error");
  EXPECT_EQ(o.hidden.size(), 2u);
  EXPECT_NE(error_of([&] { f.set("terrain", "hilly", "--terrain"); }).find("one of flat, rough"), std::string::npos);
}

TEST(Config, text_that_is_not_quite_a_number_is_refused) {
  Options o;
  Fields f = o.fields();
  for (const char* text : {"", "nan", "inf", "-inf", "1.0x", "0,5", "--1", "1e999"}) {
    EXPECT_NE(error_of([&] { f.set("tiny", text, "--tiny"); }), "no error") << text;
  }
  for (const char* text : {"", "2147483648", "1e300", "3.5", "12 3"}) {
    EXPECT_NE(error_of([&] { f.set("ppo.epochs", text, "--ppo.epochs"); }), "no error") << text;
  }
  for (const char* text : {"-1", "18446744073709551616"})
    EXPECT_NE(error_of([&] { f.set("seed", text, "--seed"); }), "no error") << text;
  for (const char* text : {"1,,2", "1,2,", "1;2"})
    EXPECT_NE(error_of([&] { f.set("hidden", text, "--hidden"); }), "no error") << text;
}

TEST(Config, flags_read_text_as_toml_does) {
  Options o;
  Fields f = o.fields();
  f.set("hidden", "64, 32", "");
  f.set("seed", "18446744073709551615", "");
  f.set("quiet", "on", "");
  f.set("tiny", "+1.5e-3", "");
  EXPECT_EQ(o.hidden, (std::vector<double>{64, 32}));
  EXPECT_EQ(o.seed, 18446744073709551615u);
  EXPECT_TRUE(o.quiet);
  EXPECT_EQ(o.tiny, 1.5e-3);
}

TEST(Config, broken_toml_names_the_line) {
  EXPECT_NE(toml_error("seed = 1\nbody = \"g1\n").find("walk.toml:2"), std::string::npos);
  EXPECT_NE(toml_error("seed = 1\nseed = 2\n").find("walk.toml:2"), std::string::npos);
}

TEST(Config, missing_file_names_the_file) {
  Options o;
  Fields f = o.fields();
  EXPECT_NE(error_of([&] { f.read_toml("/nowhere/walk.toml"); }).find("/nowhere/walk.toml: cannot be read"), std::string::npos);
}

TEST(Config, written_toml_reads_back_to_the_same_bits) {
  Options a;
  a.body = "quote \" slash \\ line\n tab\t bell\x07 end";
  a.seed = 18446744073709551615u;
  a.quiet = true;
  a.hidden = {1.0 / 3.0 + 1, 4096};
  a.ppo.gamma = std::nextafter(1.0, 0.0);
  for (double tiny : {0.1, 1e-310, 123456789.123456789, -0.0, 1e300, std::nextafter(5.0, 6.0)}) {
    a.tiny = tiny;
    for (bool comments : {false, true}) {
      Options b;
      Fields f = b.fields();
      const std::string toml = a.fields().write_toml(comments);
      f.read_toml_text(toml, "t");
      EXPECT_EQ(b.fields().write_toml(comments), toml);
      EXPECT_EQ(b.body, a.body);
      EXPECT_EQ(b.seed, a.seed);
      EXPECT_EQ(b.tiny, a.tiny);
      EXPECT_EQ(std::signbit(b.tiny), std::signbit(a.tiny));
      EXPECT_EQ(b.hidden, a.hidden);
      EXPECT_EQ(b.ppo.gamma, a.ppo.gamma);
    }
  }
}

TEST(Config, comments_carry_help_and_expected_values) {
  Options o;
  const std::string toml = o.fields().write_toml(true);
  EXPECT_NE(toml.find("\n[ppo]\ngamma = 0.99  # discount of future reward (a number from 0 to 1)\n"), std::string::npos) << toml;
  EXPECT_NE(toml.find("terrain = \"flat\"  # ground (one of flat, rough)\n"), std::string::npos) << toml;
}

}  // namespace
}  // namespace manybody::core
