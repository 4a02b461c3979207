#include "voice/recogniser.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "voice/sherpa_api.h"

namespace manybody::voice {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLibrary = "libsherpa-onnx-c-api.so";
constexpr const char* kWanted =
    "a folder with tokens.txt and encoder, decoder and joiner .onnx of a streaming model (docs/howto/voice.md)";
constexpr unsigned kLoadSeconds = 120;

// The file whose name begins so; of several the first by name, an int8 one before others.
std::string one_of(const std::vector<std::string>& files, const std::string& beginning) {
  std::string best;
  for (const std::string& file : files) {
    const std::string name = fs::path(file).filename().string();
    if (!name.starts_with(beginning) || !name.ends_with(".onnx")) continue;
    const auto rank = [](const std::string& path) { return path.find(".int8.") == std::string::npos; };
    if (best.empty() || rank(file) < rank(best)) best = file;
  }
  return best;
}

std::vector<std::string> library_places(const std::string& folder) {
  std::vector<std::string> places;
  if (const char* said = std::getenv("MANYBODY_SHERPA"); said && *said) return {said};
  for (const std::string& place : {folder, core::home_directory() + "/.deps/sherpa/lib"}) {
    if (core::file_exists(place + "/" + kLibrary)) places.push_back(place + "/" + kLibrary);
  }
  places.push_back(kLibrary);
  return places;
}

void* open_library(const std::string& folder) {
  std::string why;
  for (const std::string& place : library_places(folder)) {
    if (void* handle = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    const char* said = ::dlerror();
    if (why.empty()) why = said ? said : place;
  }
  throw core::UserError("--listen", "sherpa-onnx cannot be loaded: " + why,
                        "tools/fetch.py sherpa, or MANYBODY_SHERPA=/path/to/" + std::string(kLibrary));
}

sherpa::Api find_api(void* handle) {
  sherpa::Api api{};
  const auto find = [handle](auto& function, const char* name) {
    void* symbol = ::dlsym(handle, name);
    if (!symbol)
      throw core::UserError("--listen", std::string("the library has no ") + name,
                            "sherpa-onnx " + std::string(sherpa::kSherpaVersion) + "x");
    std::memcpy(&function, &symbol, sizeof function);
  };
  find(api.version, "SherpaOnnxGetVersionStr");
  const std::string version = api.version();
  if (!version.starts_with(sherpa::kSherpaVersion))
    throw core::UserError("--listen", "the library is sherpa-onnx " + version,
                          "sherpa-onnx " + std::string(sherpa::kSherpaVersion) + "x");
  find(api.create, "SherpaOnnxCreateOnlineRecognizer");
  find(api.destroy, "SherpaOnnxDestroyOnlineRecognizer");
  find(api.create_stream, "SherpaOnnxCreateOnlineStream");
  find(api.destroy_stream, "SherpaOnnxDestroyOnlineStream");
  find(api.accept, "SherpaOnnxOnlineStreamAcceptWaveform");
  find(api.is_ready, "SherpaOnnxIsOnlineStreamReady");
  find(api.decode, "SherpaOnnxDecodeOnlineStream");
  find(api.result, "SherpaOnnxGetOnlineStreamResult");
  find(api.destroy_result, "SherpaOnnxDestroyOnlineRecognizerResult");
  find(api.reset, "SherpaOnnxOnlineStreamReset");
  find(api.is_endpoint, "SherpaOnnxOnlineStreamIsEndpoint");
  return api;
}

sherpa::RecognizerConfig config_of(const ModelFiles& files, int threads) {
  sherpa::RecognizerConfig config{};
  config.feat_config = {kSampleRate, 80};
  sherpa::ModelConfig& model = config.model_config;
  model.tokens = files.tokens.c_str();
  if (!files.ctc.empty()) model.zipformer2_ctc = {files.ctc.c_str()};
  else if (!files.joiner.empty()) model.transducer = {files.encoder.c_str(), files.decoder.c_str(), files.joiner.c_str()};
  else model.paraformer = {files.encoder.c_str(), files.decoder.c_str()};
  model.num_threads = threads;
  model.provider = "cpu";
  config.decoding_method = "greedy_search";
  config.max_active_paths = 4;
  config.enable_endpoint = 1;
  config.rule1_min_trailing_silence = 2.4f;  // s, with nothing said yet
  config.rule2_min_trailing_silence = 0.8f;  // s, after words
  config.rule3_min_utterance_length = 20;    // s
  return config;
}

// On a damaged model the library ends the program it is in: a child is asked first. What it complains of goes with it.
void try_model(const std::string& folder, const sherpa::Api& api, const sherpa::RecognizerConfig& config) {
  const pid_t child = ::fork();
  if (child < 0) throw core::UserError(folder, std::strerror(errno), "room for another process");
  if (child == 0) {
    ::alarm(kLoadSeconds);
    if (const int nothing = ::open("/dev/null", O_WRONLY); nothing >= 0)
      ::dup2(nothing, STDOUT_FILENO), ::dup2(nothing, STDERR_FILENO);
    const sherpa::Recognizer* recogniser = nullptr;
    try {
      recogniser = api.create(&config);
    } catch (...) {}
    ::_exit(recogniser ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw core::UserError(
      folder, "sherpa-onnx cannot load this model: a file of it is damaged, of another kind, or not for streaming", kWanted);
}

}  // namespace

ModelFiles find_model(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw core::UserError(folder, "there is no such folder", kWanted);
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error) && entry.file_size(error) > 0) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  ModelFiles out;
  out.tokens = folder + "/tokens.txt";
  if (std::find(files.begin(), files.end(), out.tokens) == files.end())
    throw core::UserError(folder, "holds no tokens.txt, or an empty one", kWanted);
  out.encoder = one_of(files, "encoder"), out.decoder = one_of(files, "decoder"), out.joiner = one_of(files, "joiner");
  if (out.encoder.empty() && out.decoder.empty() && out.joiner.empty()) out.ctc = one_of(files, "");
  if (out.ctc.empty() && (out.encoder.empty() || out.decoder.empty())) {
    const char* lacks = out.encoder.empty() && out.decoder.empty() ? "model" : out.encoder.empty() ? "encoder" : "decoder";
    throw core::UserError(folder, std::string("holds no ") + lacks + " (*.onnx)", kWanted);
  }
  return out;
}

struct Recogniser::State {
  void* library = nullptr;
  sherpa::Api api{};
  const sherpa::Recognizer* recogniser = nullptr;
  const sherpa::Stream* stream = nullptr;
  std::vector<float> floats;

  // The library itself stays: it has threads and global state that do not survive being unloaded.
  ~State() {
    if (stream) api.destroy_stream(stream);
    if (recogniser) api.destroy(recogniser);
  }
};

Recogniser::Recogniser(const std::string& folder, int threads) : state_(std::make_unique<State>()) {
  const ModelFiles files = find_model(folder);
  state_->library = open_library(folder);
  state_->api = find_api(state_->library);
  const sherpa::RecognizerConfig config = config_of(files, threads);
  try_model(folder, state_->api, config);
  state_->recogniser = state_->api.create(&config);
  if (state_->recogniser) state_->stream = state_->api.create_stream(state_->recogniser);
  if (!state_->stream) throw core::UserError(folder, "sherpa-onnx cannot load this model", kWanted);
}

Recogniser::~Recogniser() = default;

void Recogniser::accept(std::span<const int16_t> samples) {
  State& s = *state_;
  s.floats.resize(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) s.floats[i] = static_cast<float>(samples[i]) / 32768.0f;
  s.api.accept(s.stream, kSampleRate, s.floats.data(), static_cast<int32_t>(samples.size()));
  while (s.api.is_ready(s.recogniser, s.stream)) s.api.decode(s.recogniser, s.stream);
}

std::string Recogniser::text() const {
  const sherpa::Result* result = state_->api.result(state_->recogniser, state_->stream);
  if (!result) return "";
  const std::string text = result->text ? result->text : "";
  state_->api.destroy_result(result);
  return text;
}

bool Recogniser::ended() const { return state_->api.is_endpoint(state_->recogniser, state_->stream) != 0; }

void Recogniser::reset() { state_->api.reset(state_->recogniser, state_->stream); }

}  // namespace manybody::voice
