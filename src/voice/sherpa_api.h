// The few functions and structs of sherpa-onnx's C API (Apache-2.0, github.com/k2-fsa/sherpa-onnx) that a streaming recogniser needs,
// written down here because the library is loaded while the program runs and its header is not needed to build.
//
// Limits: the layout is that of versions 2.0.x (kSherpaVersion); recogniser.cc refuses any other, recogniser_test compares it with the
// library's own header where that is fetched (tools/fetch.py sherpa).
#pragma once

#include <cstdint>

namespace manybody::voice::sherpa {

inline constexpr const char* kSherpaVersion = "2.0.";

struct Transducer {
  const char *encoder, *decoder, *joiner;
};
struct Paraformer {
  const char *encoder, *decoder;
};
struct OneModel {
  const char* model;
};
struct FeatureConfig {
  int32_t sample_rate, feature_dim;
};
struct ModelConfig {
  Transducer transducer;
  Paraformer paraformer;
  OneModel zipformer2_ctc;
  const char* tokens;
  int32_t num_threads;
  const char* provider;
  int32_t debug;
  const char *model_type, *modeling_unit, *bpe_vocab, *tokens_buf;
  int32_t tokens_buf_size;
  OneModel nemo_ctc, t_one_ctc;
};
struct CtcFst {
  const char* graph;
  int32_t max_active;
};
struct Homophones {
  const char *dict_dir, *lexicon, *rule_fsts;
};
struct RecognizerConfig {
  FeatureConfig feat_config;
  ModelConfig model_config;
  const char* decoding_method;
  int32_t max_active_paths, enable_endpoint;
  float rule1_min_trailing_silence, rule2_min_trailing_silence, rule3_min_utterance_length;
  const char* hotwords_file;
  float hotwords_score;
  CtcFst ctc_fst_decoder_config;
  const char *rule_fsts, *rule_fars;
  float blank_penalty;
  const char* hotwords_buf;
  int32_t hotwords_buf_size;
  Homophones hr;
};
struct Result {
  const char *text, *tokens;
  const char* const* tokens_arr;
  float* timestamps;
  int32_t count;
  const char* json;
};
struct Recognizer;  // theirs
struct Stream;

struct Api {
  const char* (*version)();
  const Recognizer* (*create)(const RecognizerConfig*);
  void (*destroy)(const Recognizer*);
  const Stream* (*create_stream)(const Recognizer*);
  void (*destroy_stream)(const Stream*);
  void (*accept)(const Stream*, int32_t sample_rate, const float* samples, int32_t count);
  int32_t (*is_ready)(const Recognizer*, const Stream*);
  void (*decode)(const Recognizer*, const Stream*);
  const Result* (*result)(const Recognizer*, const Stream*);
  void (*destroy_result)(const Result*);
  void (*reset)(const Recognizer*, const Stream*);
  int32_t (*is_endpoint)(const Recognizer*, const Stream*);
};

}  // namespace manybody::voice::sherpa
