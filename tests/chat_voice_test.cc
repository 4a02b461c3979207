// `manybody chat` with ears and mouth, as a user starts it. The recogniser is tests/data/voice/fake_sherpa.cc, espeak-ng a script.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/files.h"
#include "run_program.h"

namespace manybody {
namespace {

using testing_tools::Ran;
using testing_tools::run_program;
using testing_tools::Scratch;
using testing_tools::text_of;

class ChatVoice : public testing::Test {
 protected:
  void SetUp() override {
    const std::string model = scratch_.at("model");
    std::filesystem::create_directories(model);
    core::write_file(model + "/tokens.txt", "silence\nwalk\nforward\none\nmetre\nstop\nwho are you\n向前走一米\n");
    for (const char* part : {"encoder", "decoder", "joiner"}) core::write_file(model + "/" + part + ".onnx", "good");
    script("espeak-ng", "echo \"$@\" >>" + scratch_.at("voices") + "; cat >>" + scratch_.at("said"));
  }
  void script(const std::string& name, const std::string& text) const {
    core::write_file(scratch_.at(name), "#!/bin/sh\n" + text + "\n");
    ::chmod(scratch_.at(name).c_str(), 0755);
  }
  // The microphone hears word k for two tenths of a second each; 0 is silence.
  void microphone(const std::vector<int16_t>& words) const {
    std::string audio;
    for (const int16_t word : words) {
      for (int i = 0; i < 3200; ++i) audio.append(reinterpret_cast<const char*>(&word), 2);
    }
    core::write_file(scratch_.at("audio"), audio);
    script("arecord", "cat " + scratch_.at("audio"));
  }
  Ran chat(const std::string& arguments) const {
    return run_program("chat --listen model " + arguments, scratch_.folder(),
                       "export PATH='" + scratch_.folder() + "':$PATH MANYBODY_SHERPA='" MB_FAKE_SHERPA "'; ");
  }
  const std::vector<int16_t> pause_ = std::vector<int16_t>(6, 0);
  Scratch scratch_;
};

TEST_F(ChatVoice, what_is_said_is_answered_in_words_and_aloud) {
  microphone({6, 0, 0, 0, 0, 0});
  const Ran ran = chat("--speak");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.err.find("heard: who are you"), std::string::npos) << ran.err;
  EXPECT_GT(ran.out.size(), 5u);
  EXPECT_EQ(text_of(scratch_.at("said")), ran.out) << "the reply was spoken";
  EXPECT_NE(text_of(scratch_.at("voices")).find("-v en"), std::string::npos);
}

TEST_F(ChatVoice, a_spoken_order_is_done_by_the_simulated_robot) {
  microphone({7, 0, 0, 0, 0, 0});
  const Ran ran = chat("--speak --act --body xiao_ju");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("done"), std::string::npos) << ran.out << ran.err;
  EXPECT_NE(text_of(scratch_.at("voices")).find("-v cmn"), std::string::npos) << "answered in the speaker's language";
}

TEST_F(ChatVoice, a_stop_in_the_same_breath_leaves_nothing_to_do) {
  microphone({1, 2, 3, 4, 5});
  const Ran ran = chat("--act --speak --body xiao_ju");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(text_of(scratch_.at("said")), "") << "or it would hear itself say stop";
  EXPECT_NE(ran.err.find("heard: walk forward one metre stop"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out.find("done"), std::string::npos) << ran.out;
}

TEST_F(ChatVoice, what_is_missing_is_told_before_anything_begins) {
  const Ran none = run_program("chat --listen nowhere", scratch_.folder());
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("no such folder"), std::string::npos) << none.err;
  const Ran mute = run_program("chat --speak", scratch_.folder(), "export PATH=/nonexistent; ");
  EXPECT_EQ(mute.status, 2);
  EXPECT_NE(mute.err.find("espeak-ng"), std::string::npos) << mute.err;
  const Ran audio = run_program("chat --audio -", scratch_.folder());
  EXPECT_EQ(audio.status, 2);
}

}  // namespace
}  // namespace manybody
