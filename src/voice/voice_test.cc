// Ears and mouth without a microphone, a loudspeaker or a model: espeak-ng and arecord are small scripts that the tests write, the recogniser's
// library is tests/data/voice/fake_sherpa.cc, which speaks sherpa-onnx's C API. Where the real library is fetched it is loaded too.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "voice/listener.h"
#include "voice/process.h"
#include "voice/sherpa_api.h"
#include "voice/speaker.h"

#if __has_include(<sherpa-onnx/c-api/c-api.h>)
#include <sherpa-onnx/c-api/c-api.h>
#endif

namespace manybody::voice {
namespace {

namespace fs = std::filesystem;

bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 3000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A folder of its own, first on the PATH; the environment is as before afterwards.
class Voice : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "mb-voice-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = std::getenv("PATH");
    ::setenv("PATH", (folder_ + ":" + path_).c_str(), 1);
    ::setenv("MANYBODY_SHERPA", MB_FAKE_SHERPA, 1);
    ::unsetenv("FAKE_SHERPA_VERSION");
  }
  void TearDown() override {
    ::setenv("PATH", path_.c_str(), 1);
    ::unsetenv("MANYBODY_SHERPA");
    ::unsetenv("FAKE_SHERPA_VERSION");
    fs::remove_all(folder_);
  }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void script(const std::string& name, const std::string& text) const {
    core::write_file(at(name), "#!/bin/sh\n" + text + "\n");
    ::chmod(at(name).c_str(), 0755);
  }
  std::string model(const std::string& encoder = "good") const {
    const std::string folder = at("model");
    fs::create_directories(folder);
    core::write_file(folder + "/tokens.txt", "silence\nplease\nstop\nwave\nnow\n停\n向前走\n");
    for (const char* part : {"encoder", "decoder", "joiner"}) core::write_file(folder + "/" + part + ".onnx", encoder);
    return folder;
  }
  template <class Work>
  static std::string refusal(Work&& work) {
    try {
      work();
    } catch (const core::UserError& error) {
      return error.what();
    }
    return "";
  }
  std::string folder_, path_;
};

// ---- Speech out

TEST_F(Voice, the_language_of_a_text_chooses_the_voice) {
  EXPECT_EQ(voice_for("OK: walk."), "en");
  EXPECT_EQ(voice_for("好的:向前走。"), "cmn");
  EXPECT_EQ(voice_for("我是 Unitree G1"), "cmn");
  EXPECT_EQ(voice_for("¿qué? \xe4\xb8"), "en");
}

TEST_F(Voice, texts_reach_the_program_by_its_input_and_nothing_is_run_by_a_shell) {
  script("espeak-ng", "echo \"$@\" >>" + at("arguments") + "; cat >>" + at("said"));
  {
    Speaker speaker;
    speaker.say("$(touch " + at("run") + "); `touch " + at("run") + "` --voice '\"\n| & [[x]]");
    speaker.say("好的,停下。");
    ASSERT_TRUE(soon([&] { return !speaker.speaking(); }));
  }
  EXPECT_FALSE(fs::exists(at("run")));
  const std::string said = text_of(at("said"));
  EXPECT_NE(said.find("$(touch"), std::string::npos) << "as it was given";
  EXPECT_EQ(said.find('['), std::string::npos) << "no notation for phonemes";
  EXPECT_NE(said.find("好的,停下。"), std::string::npos);
  EXPECT_EQ(text_of(at("arguments")), "-b 1 -v en --stdin\n-b 1 -v cmn --stdin\n");
}

TEST_F(Voice, hush_kills_what_is_said_and_forgets_what_waits) {
  script("espeak-ng", "cat >>" + at("said") + "; echo $$ >" + at("pid") + "; exec sleep 1000");
  Speaker speaker;
  speaker.say("a very long story");
  speaker.say("and another");
  ASSERT_TRUE(soon([&] { return text_of(at("pid")).find('\n') != std::string::npos; }));
  const int pid = std::atoi(text_of(at("pid")).c_str());
  EXPECT_TRUE(speaker.speaking());
  speaker.hush();
  EXPECT_TRUE(soon([&] { return ::kill(pid, 0) != 0; })) << "the program is gone";
  EXPECT_TRUE(soon([&] { return !speaker.speaking(); }));
  EXPECT_EQ(text_of(at("said")).find("another"), std::string::npos);
  fs::remove(at("pid"));
  script("espeak-ng", "cat >>" + at("said"));
  speaker.say("afterwards it speaks again");
  EXPECT_TRUE(soon([&] { return text_of(at("said")).find("speaks again") != std::string::npos; }));
}

TEST_F(Voice, a_mouth_that_is_not_there_is_told_and_one_that_fails_does_no_harm) {
  ::setenv("PATH", "/nonexistent", 1);
  EXPECT_NE(refusal([] { Speaker speaker; }).find("espeak-ng is not on the PATH"), std::string::npos);
  ::setenv("PATH", (folder_ + ":" + path_).c_str(), 1);
  script("espeak-ng", "exit 3");  // reads nothing
  Speaker speaker;
  for (int i = 0; i < 40; ++i) speaker.say(std::string(100000, 'a'));
  EXPECT_TRUE(soon([&] { return !speaker.speaking(); }));
}

// ---- Speech in

TEST_F(Voice, a_model_folder_is_read_by_the_names_of_its_files) {
  const std::string folder = model();
  ModelFiles files = find_model(folder);
  EXPECT_EQ(fs::path(files.joiner).filename(), "joiner.onnx");
  core::write_file(folder + "/encoder-epoch-9.int8.onnx", "x");
  EXPECT_EQ(fs::path(find_model(folder).encoder).filename(), "encoder-epoch-9.int8.onnx");
  for (const char* part : {"encoder", "decoder", "joiner", "encoder-epoch-9.int8"}) fs::remove(folder + "/" + part + ".onnx");
  EXPECT_NE(refusal([&] { find_model(folder); }).find("holds no model"), std::string::npos);
  core::write_file(folder + "/ctc-model.onnx", "x");
  EXPECT_EQ(fs::path(find_model(folder).ctc).filename(), "ctc-model.onnx");
  fs::remove(folder + "/ctc-model.onnx");
  core::write_file(folder + "/encoder.onnx", "x");
  EXPECT_NE(refusal([&] { find_model(folder); }).find("holds no decoder"), std::string::npos);
  fs::remove(folder + "/tokens.txt");
  EXPECT_NE(refusal([&] { find_model(folder); }).find("tokens.txt"), std::string::npos);
  EXPECT_NE(refusal([&] { find_model(at("nowhere")); }).find("no such folder"), std::string::npos);
}

TEST_F(Voice, what_cannot_be_loaded_is_told_and_ends_nothing) {
  EXPECT_NE(refusal([&] { Recogniser r(model("damaged")); }).find("cannot load this model"), std::string::npos);
  ::setenv("FAKE_SHERPA_VERSION", "1.10.3", 1);
  EXPECT_NE(refusal([&] { Recogniser r(model()); }).find("sherpa-onnx 1.10.3"), std::string::npos);
  ::setenv("MANYBODY_SHERPA", "/nonexistent/libsherpa-onnx-c-api.so", 1);
  EXPECT_NE(refusal([&] { Recogniser r(model()); }).find("cannot be loaded"), std::string::npos);
  ::setenv("MANYBODY_SHERPA", "libm.so.6", 1);
  EXPECT_NE(refusal([&] { Recogniser r(model()); }).find("has no SherpaOnnx"), std::string::npos);
}

// What a listener told, and a pipe to speak into it.
struct Room {
  explicit Room(const std::string& folder, std::function<bool()> deaf = {}) {
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    ListenerCalls calls;
    calls.says_stop = [](std::string_view text) { return text.find("stop") != text.npos || text.find("停") != text.npos; };
    calls.stop = [this](const std::string& text) { add("STOP " + text); };
    calls.sentence = [this](const std::string& text) { add(text); };
    calls.partial = [this](const std::string& text) {
      const std::lock_guard lock(mutex);
      partials.push_back(text);
    };
    calls.deaf = std::move(deaf);
    listener = std::make_unique<Listener>(std::make_unique<Recogniser>(folder), std::move(calls), pipe[0]);
  }
  ~Room() {
    hang_up();
    listener.reset();
    ::close(pipe[0]);
  }
  void add(const std::string& text) {
    const std::lock_guard lock(mutex);
    heard.push_back(text);
  }
  std::vector<std::string> so_far() {
    const std::lock_guard lock(mutex);
    return heard;
  }
  // Word k for a tenth of a second each; 0 is silence.
  void speak(const std::vector<int16_t>& words) {
    for (const int16_t word : words) {
      const std::vector<int16_t> samples(kSampleRate / 10, word);
      const char* bytes = reinterpret_cast<const char*>(samples.data());
      for (size_t at = 0; at < 2 * samples.size();) {  // in odd pieces, as a pipe gives them
        const ssize_t n = ::write(pipe[1], bytes + at, std::min<size_t>(977, 2 * samples.size() - at));
        ASSERT_GT(n, 0);
        at += static_cast<size_t>(n);
      }
    }
  }
  void pause() { speak(std::vector<int16_t>(10, 0)); }
  void hang_up() {
    if (pipe[1] >= 0) ::close(pipe[1]), pipe[1] = -1;
  }
  int pipe[2];
  std::mutex mutex;
  std::vector<std::string> heard, partials;
  std::unique_ptr<Listener> listener;
};
using Heard = std::vector<std::string>;

TEST_F(Voice, an_utterance_is_passed_on_when_it_has_ended_and_the_next_one_begins_anew) {
  Room room(model());
  room.speak({1, 3, 4});
  room.pause();
  EXPECT_TRUE(soon([&] { return room.so_far() == Heard{"please wave now"}; }));
  room.speak({6});
  room.pause();
  EXPECT_TRUE(soon([&] { return room.so_far() == (Heard{"please wave now", "向前走"}); }));
  room.speak({3});
  room.hang_up();  // cut off: what was said still counts
  EXPECT_TRUE(soon([&] { return room.listener->ended(); }));
  EXPECT_EQ(room.so_far(), (Heard{"please wave now", "向前走", "wave"}));
  EXPECT_EQ(room.partials.front(), "please") << "words come while they are said";
}

TEST_F(Voice, a_stop_word_acts_before_the_utterance_has_ended_and_the_rest_of_it_is_no_order) {
  Room room(model());
  room.speak({1, 2});  // and nothing more comes: no pause, no end
  EXPECT_TRUE(soon([&] { return room.so_far() == Heard{"STOP please stop"}; }));
  room.speak({4, 3, 6});
  room.pause();
  room.speak({5});
  EXPECT_TRUE(soon([&] { return room.so_far() == (Heard{"STOP please stop", "STOP 停"}); }));
  room.pause();
  room.speak({3});
  room.pause();
  EXPECT_TRUE(soon([&] { return room.so_far() == (Heard{"STOP please stop", "STOP 停", "wave"}); }));
}

TEST_F(Voice, while_the_robot_speaks_only_stop_words_are_heard) {
  std::atomic<bool> speaking{true};
  Room room(model(), [&] { return speaking.load(); });
  room.speak({1, 3});
  room.pause();
  room.speak({4, 2});
  room.pause();
  EXPECT_TRUE(soon([&] { return room.so_far() == Heard{"STOP now stop"}; }));
  room.speak({6});
  EXPECT_TRUE(soon([&] {
    const std::lock_guard lock(room.mutex);
    return room.partials.back() == "向前走";
  }));
  speaking = false;  // in the middle of an utterance: it may be the robot's own
  room.speak({3});
  room.pause();
  room.speak({3});
  room.pause();
  EXPECT_TRUE(soon([&] { return room.so_far() == (Heard{"STOP now stop", "wave"}); }));
}

TEST_F(Voice, the_microphone_is_a_program_of_its_own_and_its_end_is_noticed) {
  script("arecord", "echo \"$@\" >" + at("arguments") + "; cat " + at("audio"));
  std::string audio;
  for (const int16_t word : {1, 3, 0}) {
    for (int i = 0; i < kSampleRate / 5; ++i) audio.append(reinterpret_cast<const char*>(&word), 2);
  }
  core::write_file(at("audio"), audio);
  std::mutex mutex;
  Heard heard;
  ListenerCalls calls;
  calls.says_stop = [](std::string_view) { return false; };
  calls.stop = [](const std::string&) {};
  calls.sentence = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    heard.push_back(text);
  };
  {
    Listener listener(std::make_unique<Recogniser>(model()), calls);
    EXPECT_TRUE(soon([&] { return listener.ended(); }));
  }
  EXPECT_EQ(heard, Heard{"please wave"});
  EXPECT_EQ(text_of(at("arguments")), "-q -t raw -f S16_LE -r 16000 -c 1\n");
  ::setenv("PATH", "/nonexistent", 1);
  EXPECT_NE(refusal([&] { Listener none(std::make_unique<Recogniser>(model()), calls); }).find("arecord is not on the PATH"),
            std::string::npos);
}

// ---- The real library, where it is fetched (tools/fetch.py sherpa); it comes without a model.

std::string real_library() { return core::home_directory() + "/.deps/sherpa/lib/libsherpa-onnx-c-api.so"; }

TEST_F(Voice, the_real_library_refuses_a_damaged_model_and_the_program_goes_on) {
  const char* said = std::getenv("MANYBODY_TEST_SHERPA");
  const std::string library = said ? said : real_library();
  if (!core::file_exists(library)) GTEST_SKIP() << "not fetched: tools/fetch.py sherpa";
  ::setenv("MANYBODY_SHERPA", library.c_str(), 1);
  EXPECT_NE(refusal([&] { Recogniser r(model("no network at all")); }).find("cannot load this model"), std::string::npos);
}

#ifdef SHERPA_ONNX_C_API_C_API_H_
TEST(SherpaApi, our_layout_is_that_of_the_librarys_own_header) {
  EXPECT_EQ(sizeof(sherpa::RecognizerConfig), sizeof(SherpaOnnxOnlineRecognizerConfig));
  EXPECT_EQ(sizeof(sherpa::ModelConfig), sizeof(SherpaOnnxOnlineModelConfig));
  EXPECT_EQ(sizeof(sherpa::Result), sizeof(SherpaOnnxOnlineRecognizerResult));
#define SAME(ours, theirs, field) EXPECT_EQ(offsetof(sherpa::ours, field), offsetof(theirs, field)) << #field
  SAME(ModelConfig, SherpaOnnxOnlineModelConfig, paraformer);
  SAME(ModelConfig, SherpaOnnxOnlineModelConfig, zipformer2_ctc);
  SAME(ModelConfig, SherpaOnnxOnlineModelConfig, tokens);
  SAME(ModelConfig, SherpaOnnxOnlineModelConfig, num_threads);
  SAME(ModelConfig, SherpaOnnxOnlineModelConfig, provider);
  SAME(ModelConfig, SherpaOnnxOnlineModelConfig, t_one_ctc);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, model_config);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, decoding_method);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, enable_endpoint);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, rule2_min_trailing_silence);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, hotwords_file);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, blank_penalty);
  SAME(RecognizerConfig, SherpaOnnxOnlineRecognizerConfig, hr);
  SAME(Result, SherpaOnnxOnlineRecognizerResult, text);
#undef SAME
}
#endif

}  // namespace
}  // namespace manybody::voice
