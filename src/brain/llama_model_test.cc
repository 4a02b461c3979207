#include "brain/llama_model.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "brain/model_talk.h"
#include "brain/test_stage.h"
#include "core/error.h"

#ifdef MANYBODY_LLAMA
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#endif

namespace manybody::brain {
namespace {

TEST(LlamaModel, settings_that_are_no_numbers_are_named) {
  setenv("MANYBODY_GGUF_TIMEOUT_S", "soon", 1);
  EXPECT_THROW(llama_options_from_environment("m.gguf"), core::UserError);
  setenv("MANYBODY_GGUF_TIMEOUT_S", "2.5", 1);
  EXPECT_EQ(llama_options_from_environment("m.gguf").timeout_s, 2.5);
  unsetenv("MANYBODY_GGUF_TIMEOUT_S");
  EXPECT_THROW(chosen_completer(true, "m.gguf"), core::UserError);
}

#ifndef MANYBODY_LLAMA

TEST(LlamaModel, a_build_without_it_names_the_option_that_brings_it) {
  try {
    chosen_completer(false, "model.gguf");
    FAIL() << "no error";
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("MANYBODY_LLAMA=ON"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("--gguf"), std::string::npos) << error.what();
  }
  EXPECT_EQ(chosen_completer(false, ""), nullptr);
}

#else

// A GGUF file (version 3) of a small Llama with weights of the test's own. Words: every byte, ChatML's marks and any further ones.
class TinyModel {
 public:
  static constexpr int kWide = 64, kHidden = 64, kHeads = 4, kLayers = 2;

  explicit TinyModel(uint32_t seed) : rng_(seed) {
    word("<unk>", 2), word("<s>", 3), word("<|im_end|>", 3), word("<|im_start|>", 3);
    for (int byte = 0; byte < 256; ++byte) {
      char text[8];
      std::snprintf(text, sizeof text, "<0x%02X>", byte);
      word(text, 6);
    }
  }
  int word(const std::string& text, int type) {
    words_.push_back(text), types_.push_back(type);
    return static_cast<int>(words_.size()) - 1;
  }
  static int byte(char c) { return 4 + static_cast<unsigned char>(c); }
  static constexpr int kEnd = 2;
  // Makes `to` by far the likeliest word behind `from`, whatever came before.
  void follow(int from, int to) { chain_.push_back({from, to}); }

  std::string bytes() {
    head();
    const size_t n = words_.size();
    // Words far from each other; with a chain the residual stream is the last word's alone (the blocks add next to nothing).
    std::vector<float> embedding = random(n * kWide, 1), output = random(n * kWide, chain_.empty() ? 0.3f : 0.01f);
    for (const auto& [from, to] : chain_)
      for (int i = 0; i < kWide; ++i) output[to * kWide + i] += embedding[from * kWide + i];
    const float block = chain_.empty() ? 0.3f : 1e-4f;
    tensor("token_embd.weight", {kWide, n}, embedding);
    tensor("output.weight", {kWide, n}, output);
    tensor("output_norm.weight", {kWide}, std::vector<float>(kWide, 1));
    for (int l = 0; l < kLayers; ++l) {
      const std::string at = "blk." + std::to_string(l) + ".";
      tensor(at + "attn_norm.weight", {kWide}, std::vector<float>(kWide, 1));
      tensor(at + "ffn_norm.weight", {kWide}, std::vector<float>(kWide, 1));
      for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"})
        tensor(at + name + ".weight", {kWide, kWide}, random(kWide * kWide, block));
      for (const char* name : {"ffn_gate", "ffn_up", "ffn_down"})
        tensor(at + name + ".weight", {kWide, kHidden}, random(kWide * kHidden, block));
    }
    std::string out = "GGUF";
    put<uint32_t>(out, 3), put<uint64_t>(out, tensors_), put<uint64_t>(out, pairs_);
    out += head_ + infos_;
    out.resize((out.size() + 31) / 32 * 32);
    return out + data_;
  }

 private:
  template <class T>
  static void put(std::string& to, T value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static void put_text(std::string& to, const std::string& text) { put<uint64_t>(to, text.size()), to += text; }
  void key(const std::string& name, uint32_t type) { put_text(head_, name), put<uint32_t>(head_, type), ++pairs_; }
  void text(const std::string& name, const std::string& value) { key(name, 8), put_text(head_, value); }
  void number(const std::string& name, uint32_t value) { key(name, 4), put<uint32_t>(head_, value); }
  void list(const std::string& name, uint32_t type) {
    key(name, 9), put<uint32_t>(head_, type), put<uint64_t>(head_, words_.size());
  }

  void head() {
    text("general.architecture", "llama"), text("general.name", "tiny");
    number("llama.context_length", 16384), number("llama.embedding_length", kWide), number("llama.block_count", kLayers);
    number("llama.feed_forward_length", kHidden), number("llama.attention.head_count", kHeads);
    number("llama.rope.dimension_count", kWide / kHeads);
    key("llama.attention.layer_norm_rms_epsilon", 6), put<float>(head_, 1e-5f);
    text("tokenizer.ggml.model", "llama");
    list("tokenizer.ggml.tokens", 8);
    for (const std::string& one : words_) put_text(head_, one);
    list("tokenizer.ggml.scores", 6);
    for (size_t i = 0; i < words_.size(); ++i) put<float>(head_, 0);
    list("tokenizer.ggml.token_type", 5);
    for (const int type : types_) put<int32_t>(head_, type);
    number("tokenizer.ggml.unknown_token_id", 0), number("tokenizer.ggml.bos_token_id", 1),
        number("tokenizer.ggml.eos_token_id", kEnd);
    key("tokenizer.ggml.add_space_prefix", 7), put<uint8_t>(head_, 0);
    text("tokenizer.chat_template", "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}");
  }
  void tensor(const std::string& name, const std::vector<uint64_t>& shape, const std::vector<float>& values) {
    put_text(infos_, name), put<uint32_t>(infos_, static_cast<uint32_t>(shape.size()));
    for (const uint64_t size : shape) put<uint64_t>(infos_, size);
    put<uint32_t>(infos_, 0), put<uint64_t>(infos_, data_.size());
    data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    data_.resize((data_.size() + 31) / 32 * 32), ++tensors_;
  }
  std::vector<float> random(size_t count, float scale) {
    std::normal_distribution<float> normal(0, scale);
    std::vector<float> out(count);
    for (float& value : out) value = normal(rng_);
    return out;
  }

  std::mt19937 rng_;
  std::vector<std::string> words_;
  std::vector<int> types_;
  std::vector<std::pair<int, int>> chain_;
  std::string head_, infos_, data_;
  uint64_t pairs_ = 0, tensors_ = 0;
};

// A model's file for as long as a test lasts.
class ModelFile {
 public:
  explicit ModelFile(const std::string& bytes) {
    static int number = 0;
    path = (std::filesystem::temp_directory_path() /
            ("tiny_" + std::to_string(::getpid()) + "_" + std::to_string(number++) + ".gguf"))
               .string();
    core::write_file(path, bytes);
  }
  ~ModelFile() { std::filesystem::remove(path); }
  LlamaOptions options() const {
    LlamaOptions out;
    out.path = path, out.threads = 1, out.context = 12288;
    return out;
  }
  LlamaWriter writer() const { return writer(options()); }
  LlamaWriter writer(const LlamaOptions& options) const { return {std::make_shared<const LlamaModel>(path), options}; }
  std::string path;
};

std::vector<Turn> said(const std::string& text) { return {{"system", "You are a robot."}, {"user", text}}; }

// A model whose one answer is `text`: its weights lead there from the line feed that ends every prompt.
std::string parrot(const std::string& text) {
  TinyModel model(1);
  const int answer = model.word(text, 4);
  model.follow(TinyModel::byte('\n'), answer), model.follow(answer, TinyModel::kEnd);
  return model.bytes();
}

TEST(LlamaModel, a_plan_out_of_the_weights_of_a_file_passes_template_grammar_and_gate) {
  const ModelFile file(parrot("{\"kind\":\"plan\",\"reply\":\"Sure\",\"plan\":[{\"skill\":\"bow\",\"arguments\":{}}]}"));
  ModelTalk talk(mind(), stage(), {}, make_llama_completer(file.options()));
  const Answer answer = talk.answer("show them your manners");
  EXPECT_EQ(talk.last_failure(), "");
  EXPECT_STREQ(talk.who(), "gguf");
  EXPECT_EQ(describe(answer.plan), "bow");
  EXPECT_EQ(answer.reply, "Sure");
  EXPECT_EQ(talk.answer("stop").kind, Kind::stop);
  EXPECT_STREQ(talk.who(), "embedded");
}

TEST(LlamaModel, what_it_says_without_a_grammar_is_what_its_weights_say) {
  const ModelFile file(parrot("hello there"));
  EXPECT_EQ(file.writer().write(said("hi"), "").text, "hello there");
}

TEST(LlamaModel, a_grammar_holds_whatever_the_weights_say) {
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    const ModelFile file(TinyModel(seed).bytes());
    LlamaOptions options = file.options();
    options.tokens_max = 8000;
    LlamaWriter writer = file.writer(options);
    const LlamaText word = writer.write(said("hi"), "root ::= \"yes\" | \"no\" | \"perhaps\"");
    EXPECT_TRUE(word.text == "yes" || word.text == "no" || word.text == "perhaps") << word.text << word.failure;
    const LlamaText plan = writer.write(said("wave"), plan_grammar(mind().skills()));
    EXPECT_EQ(plan.failure, "");  // bounded: it comes to an end
    EXPECT_NO_THROW(read_model_answer("", plan.text)) << plan.text;
  }
}

TEST(LlamaModel, what_is_known_from_the_last_talk_is_not_read_again_and_changes_nothing) {
  const ModelFile file(TinyModel(7).bytes());
  LlamaOptions options = file.options();
  options.tokens_max = 60;
  const std::string grammar = "root ::= [a-z ]{40}";
  std::vector<Turn> talk = said("walk to the table");
  LlamaWriter writer = file.writer(options);
  const LlamaText first = writer.write(talk, grammar);
  EXPECT_EQ(first.tokens_written, 40);
  talk.push_back({"assistant", first.text}), talk.push_back({"user", "and back"});
  const LlamaText second = writer.write(talk, grammar);
  const LlamaText fresh = file.writer(options).write(talk, grammar);
  EXPECT_LT(second.tokens_read + first.tokens_read, fresh.tokens_read + 2);
  EXPECT_EQ(second.text, fresh.text);
  talk[1].text = "something else";
  EXPECT_EQ(writer.write(talk, grammar).text, file.writer(options).write(talk, grammar).text);
}

TEST(LlamaModel, tokens_time_and_the_asker_end_it) {
  const ModelFile file(TinyModel(3).bytes());
  LlamaOptions options = file.options();
  options.tokens_max = 10;
  const LlamaText cut = file.writer(options).write(said("hi"), "root ::= [a-z]{100}");
  EXPECT_EQ(cut.failure, "its answer is too long");
  EXPECT_EQ(cut.tokens_written, 10);
  options.timeout_s = 0;
  EXPECT_EQ(file.writer(options).write(said("hi"), "").failure, "time-out");
  ModelTalk talk(mind(), stage(), {}, make_llama_completer(options));
  EXPECT_EQ(describe(talk.answer("wave").plan), "wave");
  EXPECT_EQ(talk.last_failure(), "time-out");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(file.writer().write(said("hi"), "", stop.get_token()).failure, "cancelled");
  EXPECT_NE(file.writer().write(said("hi"), "root ::= (").failure, "");
}

TEST(LlamaModel, the_oldest_turns_are_forgotten_when_the_context_is_full_and_a_system_text_without_room_is_told) {
  const ModelFile file(parrot("ok"));
  LlamaOptions options = file.options();
  options.context = 512, options.tokens_max = 64;
  std::vector<Turn> talk = said("hi");
  for (int i = 0; i < 20; ++i)
    talk.push_back({"assistant", std::string(30, 'a')}), talk.push_back({"user", std::string(30, 'b')});
  LlamaWriter writer = file.writer(options);
  const LlamaText out = writer.write(talk, "");
  EXPECT_EQ(out.text, "ok") << out.failure;
  EXPECT_LE(out.tokens_read, 512 - 64);
  talk[0].text = std::string(2000, 'x');
  EXPECT_EQ(writer.write(talk, "").failure, "the talk is longer than the model's context");
}

TEST(LlamaModel, nobody_ends_his_turn_by_spelling_a_control_token) {
  const ModelFile file(parrot("ok"));
  const std::string mark = "<|im_end|>";
  const int plain = file.writer().write(said("hi"), "").tokens_read;
  const int spelt = file.writer().write(said("hi" + mark), "").tokens_read;
  EXPECT_EQ(spelt, file.writer().write(said("hi< |im_end|>"), "").tokens_read);
  EXPECT_GE(spelt, plain + static_cast<int>(mark.size()));  // byte by byte, not as one
}

TEST(LlamaModel, files_that_are_missing_cut_short_or_damaged_are_refused_or_run_but_never_end_the_program) {
  EXPECT_THROW(LlamaModel("/nowhere/model.gguf"), core::UserError);
  EXPECT_THROW(LlamaModel(std::string(MB_SOURCE_DIR)), core::UserError);
  EXPECT_THROW(LlamaModel(std::string(MB_SOURCE_DIR) + "/README.md"), core::UserError);
  const std::string whole = parrot("ok");
  for (const double share : {0.0001, 0.01, 0.1, 0.5, 0.9, 0.999}) {
    const ModelFile file(whole.substr(0, static_cast<size_t>(share * static_cast<double>(whole.size())) + 4));
    EXPECT_THROW(LlamaModel model(file.path), core::UserError) << share;
  }
  std::mt19937 rng(5);
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string bytes = whole;
    for (int k = 0; k < 3; ++k) bytes[rng() % 9000] = static_cast<char>(rng() % 256);  // the head: names, sizes, words
    const ModelFile file(bytes);
    try {
      LlamaOptions options = file.options();
      options.tokens_max = 4, options.context = 256;
      file.writer(options).write(said("hi"), "");
    } catch (const core::UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
}

#endif

}  // namespace
}  // namespace manybody::brain
