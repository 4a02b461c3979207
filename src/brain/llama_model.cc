#include "brain/llama_model.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "core/error.h"

#ifdef MANYBODY_LLAMA
#include <fcntl.h>
#include <llama.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#endif

namespace manybody::brain {
namespace {

double number_from(const char* variable, double otherwise, double low, double high) {
  const char* text = std::getenv(variable);
  if (!text || !*text) return otherwise;
  double value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc() || *end || !(value >= low && value <= high))
    throw core::UserError(
        variable, "'" + std::string(text) + "' cannot be used",
        "a number from " + std::to_string(static_cast<int>(low)) + " to " + std::to_string(static_cast<int>(high)));
  return value;
}

}  // namespace

LlamaOptions llama_options_from_environment(const std::string& path) {
  LlamaOptions out;
  out.path = path;
  out.timeout_s = number_from("MANYBODY_GGUF_TIMEOUT_S", out.timeout_s, 1, 3600);
  out.threads = static_cast<int>(number_from("MANYBODY_GGUF_THREADS", 0, 0, 256));
  return out;
}

#ifndef MANYBODY_LLAMA

struct LlamaModel::Parts {};
struct LlamaWriter::State {};

LlamaModel::LlamaModel(const std::string&) {
  throw core::UserError("--gguf", "this program was built without llama.cpp",
                        "a build with cmake -DMANYBODY_LLAMA=ON (docs/howto/language-model.md)");
}
LlamaModel::~LlamaModel() = default;
const std::string& LlamaModel::title() const {
  static const std::string none;
  return none;
}
LlamaWriter::LlamaWriter(std::shared_ptr<const LlamaModel>, const LlamaOptions&) {}
LlamaWriter::~LlamaWriter() = default;
LlamaText LlamaWriter::write(std::vector<Turn>, const std::string&, std::stop_token) { return {}; }
std::shared_ptr<Completer> make_llama_completer(const LlamaOptions& options) { return LlamaModel(options.path), nullptr; }

#else

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kChunk = 256;              // tokens that are read at once
constexpr unsigned kTrialSeconds = 300;  // for a file on a slow disk

// What llama.cpp would print: only errors are kept, as the reason for a model that does not load.
thread_local std::string load_errors;
void keep_errors(ggml_log_level level, const char* text, void*) {
  if (level == GGML_LOG_LEVEL_ERROR && load_errors.size() < 4000) load_errors += text;
}

std::string reason_of_errors() {
  const std::string key = "error loading model: ";
  size_t at = load_errors.find(key);
  at = at == std::string::npos ? 0 : at + key.size();
  std::string out = load_errors.substr(at, load_errors.find('\n', at) - at);
  return out.empty() ? "llama.cpp gives no reason" : out.substr(0, 300);
}

void check_is_gguf(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) throw core::UserError(path, "the file cannot be opened", "a language model's GGUF file");
  char magic[4] = {};
  const bool is_gguf = std::fread(magic, 1, sizeof magic, file) == sizeof magic && std::memcmp(magic, "GGUF", 4) == 0;
  std::fclose(file);
  if (!is_gguf) throw core::UserError(path, "this is no GGUF file", "a language model's GGUF file");
}

struct FreeModel {
  void operator()(llama_model* m) const { llama_model_free(m); }
};
struct FreeContext {
  void operator()(llama_context* c) const { llama_free(c); }
};
struct FreeSampler {
  void operator()(llama_sampler* s) const { llama_sampler_free(s); }
};

}  // namespace

struct LlamaModel::Parts {
  std::unique_ptr<llama_model, FreeModel> model;
  const llama_vocab* words = nullptr;
  const char* chat_template = nullptr;  // nullptr: ChatML
  std::vector<std::string> controls;    // how control tokens are spelt
  std::string title;

  static std::unique_ptr<Parts> load(const std::string& path, bool for_trial);
  static std::string try_in_child(const std::string& path);
  void run_once() const;
  std::string prompt(const std::vector<Turn>& messages) const;
  std::vector<llama_token> tokens(const std::string& text) const;
  std::string spelt(llama_token token) const;
};

// Throws what is wrong in words for people.
std::unique_ptr<LlamaModel::Parts> LlamaModel::Parts::load(const std::string& path, bool for_trial) {
  auto parts = std::make_unique<Parts>();
  llama_model_params settings = llama_model_default_params();
  settings.n_gpu_layers = 0;
  settings.use_extra_bufts = !for_trial;  // weights laid out anew for speed: not for one step
  load_errors.clear();
  parts->model.reset(llama_model_load_from_file(path.c_str(), settings));
  if (!parts->model) throw std::runtime_error("the model cannot be read: " + reason_of_errors());
  parts->words = llama_model_get_vocab(parts->model.get());
  if (llama_vocab_type(parts->words) == LLAMA_VOCAB_TYPE_NONE || llama_vocab_n_tokens(parts->words) < 1)
    throw std::runtime_error("the model has no words");
  if (llama_model_has_encoder(parts->model.get()) || !llama_model_has_decoder(parts->model.get()))
    throw std::runtime_error("this model does not talk");
  parts->chat_template = llama_model_chat_template(parts->model.get(), nullptr);
  if (parts->prompt({{"system", "a"}, {"user", "b"}}).empty())
    throw std::runtime_error("the model's chat template is none that llama.cpp knows by sight");
  for (llama_token token = 0; token < llama_vocab_n_tokens(parts->words); ++token) {
    if (!llama_vocab_is_control(parts->words, token)) continue;
    if (const char* text = llama_vocab_get_text(parts->words, token); text && std::strlen(text) > 1)
      parts->controls.push_back(text);
  }
  char text[256] = {};
  llama_model_desc(parts->model.get(), text, sizeof text);
  parts->title = text;
  return parts;
}

void LlamaModel::Parts::run_once() const {
  llama_context_params settings = llama_context_default_params();
  settings.n_ctx = settings.n_batch = settings.n_ubatch = 64;
  settings.n_threads = settings.n_threads_batch = 1;
  const std::unique_ptr<llama_context, FreeContext> context(llama_init_from_model(model.get(), settings));
  std::vector<llama_token> some = tokens(prompt({{"system", "a"}, {"user", "b"}}));
  if (some.size() > 16) some.resize(16);
  if (!context || some.empty() ||
      llama_decode(context.get(), llama_batch_get_one(some.data(), static_cast<int32_t>(some.size()))) != 0)
    throw std::runtime_error("the model cannot be run: " + reason_of_errors());
}

// On some damaged files llama.cpp ends the program it is in: a child reads the file and takes a step first. "" or what is wrong.
std::string LlamaModel::Parts::try_in_child(const std::string& path) {
  int ends[2];
  if (::pipe(ends) != 0) return std::strerror(errno);
  const pid_t child = ::fork();
  if (child < 0) return ::close(ends[0]), ::close(ends[1]), std::strerror(errno);
  if (child == 0) {
    ::alarm(kTrialSeconds);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::setenv("GGML_NO_BACKTRACE", "1", 1);
    if (const int nothing = ::open("/dev/null", O_WRONLY); nothing >= 0)
      ::dup2(nothing, STDOUT_FILENO), ::dup2(nothing, STDERR_FILENO);
    std::string why;
    try {
      load(path, true)->run_once();
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (!why.empty() && ::write(ends[1], why.data(), why.size()) < 0) why = "untold";
    ::_exit(why.empty() ? 0 : 1);
  }
  ::close(ends[1]);
  std::string why;
  char part[512];
  for (ssize_t n; (n = ::read(ends[0], part, sizeof part)) > 0 || (n < 0 && errno == EINTR);)
    why.append(part, static_cast<size_t>(std::max<ssize_t>(n, 0)));
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return why.empty() ? "the file is damaged: llama.cpp gives up on it" : why;
}

LlamaModel::LlamaModel(const std::string& path) {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(keep_errors, nullptr);
    llama_backend_init();
  });
  check_is_gguf(path);
  std::string why = Parts::try_in_child(path);
  try {
    if (why.empty()) parts_ = Parts::load(path, false);
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (!why.empty()) throw core::UserError(path, why, "a chat model's whole GGUF file");
}
LlamaModel::~LlamaModel() = default;
const std::string& LlamaModel::title() const { return parts_->title; }

std::string LlamaModel::Parts::prompt(const std::vector<Turn>& messages) const {
  std::vector<std::string> contents;
  for (const Turn& message : messages) {
    std::string& text = contents.emplace_back(message.text);
    std::erase(text, '\0');
    for (const std::string& control : controls) {
      for (size_t at = text.find(control); at != std::string::npos; at = text.find(control, at + 2)) text.insert(at + 1, " ");
    }
  }
  std::vector<llama_chat_message> chat;
  size_t size = 1024;
  for (size_t i = 0; i < messages.size(); ++i) {
    chat.push_back({messages[i].role.c_str(), contents[i].c_str()});
    size += 2 * contents[i].size() + 200;
  }
  std::string out(size, '\0');
  const int32_t length =
      llama_chat_apply_template(chat_template, chat.data(), chat.size(), true, out.data(), static_cast<int32_t>(size));
  if (length <= 0 || static_cast<size_t>(length) > size) return "";
  out.resize(static_cast<size_t>(length));
  return out;
}

std::vector<llama_token> LlamaModel::Parts::tokens(const std::string& text) const {
  std::vector<llama_token> out(text.size() + 8);
  const auto fill = [&] {
    return llama_tokenize(words, text.data(), static_cast<int32_t>(text.size()), out.data(), static_cast<int32_t>(out.size()),
                          true, true);
  };
  int32_t count = fill();
  if (count < 0 && count != INT32_MIN) out.resize(static_cast<size_t>(-count)), count = fill();
  out.resize(static_cast<size_t>(std::max(count, 0)));
  return out;
}

std::string LlamaModel::Parts::spelt(llama_token token) const {
  std::string out(64, '\0');
  int32_t length = llama_token_to_piece(words, token, out.data(), static_cast<int32_t>(out.size()), 0, false);
  if (length < 0) {
    out.resize(static_cast<size_t>(-length));
    length = llama_token_to_piece(words, token, out.data(), static_cast<int32_t>(out.size()), 0, false);
  }
  out.resize(static_cast<size_t>(std::max(length, 0)));
  return out;
}

struct LlamaWriter::State {
  std::shared_ptr<const LlamaModel> owner;
  const LlamaModel::Parts& model;
  LlamaOptions options;
  std::unique_ptr<llama_context, FreeContext> context;
  std::vector<llama_token> known;  // what the context holds
  std::vector<llama_token_data> candidates;
  Clock::time_point until;
  std::stop_token stop;

  State(std::shared_ptr<const LlamaModel> m, const LlamaModel::Parts& parts, const LlamaOptions& o)
      : owner(std::move(m)), model(parts), options(o) {}
  bool over() const { return stop.stop_requested() || Clock::now() >= until; }
  std::string why_over() const { return stop.stop_requested() ? "cancelled" : "time-out"; }
  std::vector<llama_token> fitting(std::vector<Turn>& messages) const;
  void keep_common(const std::vector<llama_token>& tokens);
  std::string read(const std::vector<llama_token>& tokens);
  llama_token likeliest(llama_sampler* grammar);
};

LlamaWriter::LlamaWriter(std::shared_ptr<const LlamaModel> model, const LlamaOptions& options) {
  const LlamaModel::Parts& parts = *model->parts_;
  state_ = std::make_unique<State>(std::move(model), parts, options);
  llama_context_params settings = llama_context_default_params();
  const int trained = llama_model_n_ctx_train(parts.model.get());
  settings.n_ctx = static_cast<uint32_t>(trained > 0 ? std::min(options.context, trained) : options.context);
  settings.n_batch = settings.n_ubatch = kChunk;
  settings.swa_full = true;  // or what is kept of the last talk could lack a window
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  settings.n_threads = settings.n_threads_batch = options.threads > 0 ? options.threads : std::min(cores, 8);
  settings.abort_callback = [](void* state) { return static_cast<const State*>(state)->over(); };
  settings.abort_callback_data = state_.get();
  load_errors.clear();
  try {
    state_->context.reset(llama_init_from_model(parts.model.get(), settings));
  } catch (const std::exception& error) {
    load_errors += error.what();
  }
  if (!state_->context)
    throw core::UserError(options.path, "the model cannot be run: " + reason_of_errors(), "a model that fits into memory");
}
LlamaWriter::~LlamaWriter() = default;

// The prompt's tokens, the oldest turns forgotten until the answer fits behind it; empty when it never does.
std::vector<llama_token> LlamaWriter::State::fitting(std::vector<Turn>& messages) const {
  const size_t room = llama_n_ctx(context.get());
  for (;;) {
    std::vector<llama_token> out = model.tokens(model.prompt(messages));
    if (!out.empty() && out.size() + static_cast<size_t>(options.tokens_max) <= room) return out;
    if (messages.size() <= 2) return {};
    messages.erase(messages.begin() + 1);
    while (messages.size() > 2 && messages[1].role != "user") messages.erase(messages.begin() + 1);
  }
}

// Forgets what this prompt does not begin with. The last token is always read again: its answer is wanted.
void LlamaWriter::State::keep_common(const std::vector<llama_token>& tokens) {
  const size_t most = std::min(known.size(), tokens.size() - 1);
  const auto split = std::mismatch(known.begin(), known.begin() + static_cast<long>(most), tokens.begin()).first;
  const auto common = static_cast<llama_pos>(split - known.begin());
  known.resize(static_cast<size_t>(common));
  llama_memory_t memory = llama_get_memory(context.get());
  if (llama_memory_seq_rm(memory, 0, common, -1)) return;
  llama_memory_clear(memory, true);  // a model that cannot forget a part (a recurrent one) forgets all
  known.clear();
}

std::string LlamaWriter::State::read(const std::vector<llama_token>& tokens) {
  while (known.size() < tokens.size()) {
    if (over()) return why_over();
    std::vector<llama_token> part(tokens.begin() + static_cast<long>(known.size()),
                                  tokens.begin() + static_cast<long>(std::min(known.size() + kChunk, tokens.size())));
    const int32_t result = llama_decode(context.get(), llama_batch_get_one(part.data(), static_cast<int32_t>(part.size())));
    if (result != 0) return over() ? why_over() : "the model failed (" + std::to_string(result) + ")";
    known.insert(known.end(), part.begin(), part.end());
  }
  return "";
}

// Under a grammar the likeliest of all is tried alone first: it fits nearly always, and trying a whole vocabulary takes long.
llama_token LlamaWriter::State::likeliest(llama_sampler* grammar) {
  const float* logits = llama_get_logits_ith(context.get(), -1);
  const auto count = static_cast<size_t>(llama_vocab_n_tokens(model.words));
  const auto best_of = [&] {
    const llama_token_data* best = nullptr;
    for (const llama_token_data& one : candidates) {
      if (std::isfinite(one.logit) && (!best || one.logit > best->logit)) best = &one;
    }
    return best ? best->id : LLAMA_TOKEN_NULL;
  };
  candidates.resize(count);
  for (size_t i = 0; i < count; ++i) candidates[i] = {static_cast<llama_token>(i), logits[i], 0};
  const llama_token first = best_of();
  if (!grammar || first == LLAMA_TOKEN_NULL) return first;
  llama_token_data alone = candidates[static_cast<size_t>(first)];
  llama_token_data_array one{&alone, 1, -1, false};
  llama_sampler_apply(grammar, &one);
  if (std::isfinite(alone.logit)) return first;
  llama_token_data_array all{candidates.data(), candidates.size(), -1, false};
  llama_sampler_apply(grammar, &all);
  return best_of();
}

LlamaText LlamaWriter::write(std::vector<Turn> messages, const std::string& grammar, std::stop_token stop) {
  State& s = *state_;
  LlamaText out;
  s.stop = std::move(stop);
  s.until = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s.options.timeout_s));
  std::unique_ptr<llama_sampler, FreeSampler> rules;
  if (!grammar.empty()) {
    rules.reset(llama_sampler_init_grammar(s.model.words, grammar.c_str(), "root"));
    if (!rules) return out.failure = "its grammar cannot be read", out;
  }
  try {
    std::vector<llama_token> tokens = s.fitting(messages);
    if (tokens.empty()) return out.failure = "the talk is longer than the model's context", out;
    s.keep_common(tokens);
    out.tokens_read = static_cast<int>(tokens.size() - s.known.size());
    out.failure = s.read(tokens);
    while (out.failure.empty()) {
      const llama_token next = s.likeliest(rules.get());
      if (next == LLAMA_TOKEN_NULL) return out.failure = "no word of the model fits", out;
      if (llama_vocab_is_eog(s.model.words, next)) return out;
      if (out.tokens_written >= s.options.tokens_max) return out.failure = "its answer is too long", out;
      if (rules) llama_sampler_accept(rules.get(), next);
      out.text += s.model.spelt(next);
      ++out.tokens_written;
      tokens.push_back(next);
      out.failure = s.read(tokens);
    }
  } catch (const std::exception& error) {
    llama_memory_clear(llama_get_memory(s.context.get()), true);
    s.known.clear();
    out.failure = error.what();
  }
  return out;
}

namespace {

class LlamaCompleter : public Completer {
 public:
  explicit LlamaCompleter(const LlamaOptions& options) : writer_(std::make_shared<const LlamaModel>(options.path), options) {}
  const char* name() const override { return "gguf"; }
  Completion complete(const ChatRequest& request, const std::function<void(std::string_view)>&, std::stop_token stop) override {
    std::vector<Turn> messages{{"system", system_text(request.scene, request.skills, AnswerForm::json)}};
    for (const Turn& turn : request.turns) messages.push_back({turn.role == "assistant" ? "assistant" : "user", turn.text});
    const LlamaText wrote = writer_.write(std::move(messages), plan_grammar(request.skills), std::move(stop));
    return {"", wrote.text, wrote.failure};
  }

 private:
  LlamaWriter writer_;
};

}  // namespace

std::shared_ptr<Completer> make_llama_completer(const LlamaOptions& options) { return std::make_shared<LlamaCompleter>(options); }

#endif

}  // namespace manybody::brain
