// A stand-in for sherpa-onnx's C library, for tests without a model: it "recognises" made-up audio in which a sample of value k is word k
// of tokens.txt and 0 is silence. It ends the program on a model whose file says so, as the real one does on a damaged one.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "voice/sherpa_api.h"

using namespace manybody::voice::sherpa;

namespace manybody::voice::sherpa {
struct Recognizer {
  std::vector<std::string> words;
  float pause = 0;
};
struct Stream {
  std::vector<int> waiting;  // samples not decoded yet
  std::string text;
  int now = 0;
  size_t quiet = 0;
};
}  // namespace manybody::voice::sherpa

namespace {
constexpr size_t kFrame = 1600;
Stream* own(const Stream* s) { return const_cast<Stream*>(s); }
}  // namespace

extern "C" {

const char* SherpaOnnxGetVersionStr() {
  const char* said = std::getenv("FAKE_SHERPA_VERSION");
  return said ? said : "2.0.1";
}

const Recognizer* SherpaOnnxCreateOnlineRecognizer(const RecognizerConfig* config) {
  const ModelConfig& model = config->model_config;
  if (config->feat_config.sample_rate != 16000 || !config->enable_endpoint ||
      std::string(config->decoding_method) != "greedy_search")
    return nullptr;
  if (!model.transducer.encoder || !model.transducer.decoder || !model.transducer.joiner || !model.tokens) return nullptr;
  std::string content;
  std::getline(std::ifstream(model.transducer.encoder) >> std::ws, content);
  if (content == "damaged") std::exit(255);
  auto* out = new Recognizer;
  std::ifstream tokens(model.tokens);
  for (std::string word; std::getline(tokens, word);) out->words.push_back(word);
  out->pause = config->rule2_min_trailing_silence;
  return out;
}
void SherpaOnnxDestroyOnlineRecognizer(const Recognizer* r) { delete r; }
const Stream* SherpaOnnxCreateOnlineStream(const Recognizer*) { return new Stream; }
void SherpaOnnxDestroyOnlineStream(const Stream* s) { delete s; }

void SherpaOnnxOnlineStreamAcceptWaveform(const Stream* s, int32_t rate, const float* samples, int32_t count) {
  if (rate != 16000) std::abort();
  for (int32_t i = 0; i < count; ++i) own(s)->waiting.push_back(static_cast<int>(std::lround(samples[i] * 32768)));
}
int32_t SherpaOnnxIsOnlineStreamReady(const Recognizer*, const Stream* s) { return s->waiting.size() >= kFrame; }
void SherpaOnnxDecodeOnlineStream(const Recognizer* r, const Stream* stream) {
  Stream* s = own(stream);
  for (size_t i = 0; i < kFrame; ++i) {
    const int value = s->waiting[i];
    s->quiet = value == 0 ? s->quiet + 1 : 0;
    if (value != 0 && value != s->now) s->text += (s->text.empty() ? "" : " ") + r->words.at(static_cast<size_t>(value));
    s->now = value;
  }
  s->waiting.erase(s->waiting.begin(), s->waiting.begin() + kFrame);
}
const Result* SherpaOnnxGetOnlineStreamResult(const Recognizer*, const Stream* s) {
  auto* out = new Result{};
  out->text = s->text.c_str();
  return out;
}
void SherpaOnnxDestroyOnlineRecognizerResult(const Result* r) { delete r; }
void SherpaOnnxOnlineStreamReset(const Recognizer*, const Stream* s) {
  own(s)->text.clear();
  own(s)->now = 0, own(s)->quiet = 0;
}
int32_t SherpaOnnxOnlineStreamIsEndpoint(const Recognizer* r, const Stream* s) {
  return !s->text.empty() && static_cast<float>(s->quiet) >= r->pause * 16000;
}
}
