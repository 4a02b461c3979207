// Speech in: a streaming recogniser, audio piece by piece in, the words so far out.
//
// Reads: a model folder of the user's: tokens.txt and encoder, decoder, joiner (a transducer), encoder and decoder (a Paraformer) or one
//   model (Zipformer2 CTC), *.onnx, where there are two of a kind the int8 one; sherpa-onnx's C library, from $MANYBODY_SHERPA, the model
//   folder, .deps/sherpa/lib or where the system looks. Audio: 16 kHz, mono, signed 16 bit.
// Writes: text, growing while somebody speaks, until an utterance has ended.
// Method: dlopen; nothing is linked. The model is loaded once in a child process first, because the library ends the whole program on a
//   model it cannot read.
// Limits: sherpa-onnx 2.0.x; greedy search; one thread uses it. Make it before other threads are started.
// Errors: core::UserError naming the folder, the file or the library.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace manybody::voice {

inline constexpr int kSampleRate = 16000;

// Files of a model folder; what the kind does not have is empty.
struct ModelFiles {
  std::string tokens, encoder, decoder, joiner, ctc;
};
ModelFiles find_model(const std::string& folder);

class Recogniser {
 public:
  explicit Recogniser(const std::string& folder, int threads = 1);
  ~Recogniser();
  Recogniser(const Recogniser&) = delete;
  Recogniser& operator=(const Recogniser&) = delete;

  void accept(std::span<const int16_t> samples);
  std::string text() const;  // of the utterance under way
  bool ended() const;        // the speaker has paused, or spoken for very long
  void reset();              // the next utterance begins

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace manybody::voice
