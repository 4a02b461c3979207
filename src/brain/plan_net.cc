#include "brain/plan_net.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/bytes.h"
#include "core/error.h"
#include "core/files.h"

// One source for every processor: the loader picks the widest that is there.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MB_WIDEST __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define MB_WIDEST
#endif

namespace manybody::brain {
namespace {

constexpr uint32_t kMagic = 0x314E504D;  // "MPN1"
constexpr int kPad = 0, kBegin = 1, kEnd = 2, kUnknownWord = 1;
constexpr size_t kMostStrings = 100000;
constexpr int kW = PlanNet::kWidth, kHead = PlanNet::kWidth / PlanNet::kHeads;

// y[rows x outputs] (+)= x[rows x inputs] W + b
MB_WIDEST void apply(const float* x, int rows, int inputs, const float* weights, const float* bias, int outputs, float* y,
                     bool add) {
  for (int r = 0; r < rows; ++r) {
    float* out = y + static_cast<size_t>(r) * outputs;
    for (int o = 0; o < outputs; ++o) out[o] = (add ? out[o] : 0) + bias[o];
    for (int i = 0; i < inputs; ++i) {
      const float value = x[static_cast<size_t>(r) * inputs + i];
      const float* row = weights + static_cast<size_t>(i) * outputs;
      for (int o = 0; o < outputs; ++o) out[o] += value * row[o];
    }
  }
}

void normalise(const float* x, int rows, const std::vector<float>& scale, const std::vector<float>& shift, float* y) {
  for (int r = 0; r < rows; ++r, x += kW, y += kW) {
    float mean = 0, square = 0;
    for (int i = 0; i < kW; ++i) mean += x[i];
    mean /= kW;
    for (int i = 0; i < kW; ++i) square += (x[i] - mean) * (x[i] - mean);
    const float by = 1 / std::sqrt(square / kW + 1e-5f);
    for (int i = 0; i < kW; ++i) y[i] = (x[i] - mean) * by * scale[static_cast<size_t>(i)] + shift[static_cast<size_t>(i)];
  }
}

// Each head's mean of the values, weighted by how well query and keys agree.
void attend(const float* query, const std::vector<float>& keys, const std::vector<float>& values, size_t count, float* out) {
  std::array<float, std::max<size_t>(kMostHeard, PlanNet::kMostSpelt)> weight{};
  const float scale = 1 / std::sqrt(static_cast<float>(kHead));
  for (int head = 0; head < PlanNet::kHeads; ++head) {
    const int first = head * kHead;
    float most = -1e30f, sum = 0;
    for (size_t k = 0; k < count; ++k) {
      float agreement = 0;
      for (int i = 0; i < kHead; ++i) agreement += query[first + i] * keys[k * kW + static_cast<size_t>(first + i)];
      weight[k] = agreement * scale, most = std::max(most, weight[k]);
    }
    for (size_t k = 0; k < count; ++k) sum += weight[k] = std::exp(weight[k] - most);
    for (int i = 0; i < kHead; ++i) {
      float mean = 0;
      for (size_t k = 0; k < count; ++k) mean += weight[k] * values[k * kW + static_cast<size_t>(first + i)];
      out[first + i] = mean / sum;
    }
  }
}

// Three letters of a Latin word: FNV-1a, as the trainer does it.
uint32_t gram_of(std::string_view three) {
  uint32_t value = 2166136261u;
  for (const char c : three) value = (value ^ static_cast<uint8_t>(c)) * 16777619u;
  return value % PlanNet::kGrams;
}

bool is_latin(const std::string& word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

class File {
 public:
  explicit File(const std::string& path) : path_(path), bytes_(core::read_file(path)), in_(bytes_, path) {}

  void expect(uint32_t wanted, const char* what) {
    const auto got = in_.get<uint32_t>();
    if (got != wanted)
      throw core::UserError(path_, std::string(what) + " is " + std::to_string(got),
                            std::to_string(wanted) + ", as tools/train_plan.py writes it");
  }

  std::vector<std::string> strings() {
    const auto count = in_.get<uint32_t>();
    if (count > kMostStrings)
      throw core::UserError(path_, "lists " + std::to_string(count) + " words", "at most " + std::to_string(kMostStrings));
    std::vector<std::string> out(count);
    for (std::string& word : out) {
      word.resize(in_.get<uint16_t>());
      for (char& c : word) c = in_.get<char>();
    }
    return out;
  }

  // 16 bits a number, one scale a row of 64.
  std::vector<float> tensor(size_t count) {
    const auto stored = in_.get<uint64_t>();
    if (stored != count)
      throw core::UserError(path_, "holds " + std::to_string(stored) + " numbers in a place", std::to_string(count));
    std::vector<float> out(count);
    for (size_t at = 0; at < count; at += 64) {
      const float scale = in_.get<float>();
      if (!std::isfinite(scale)) throw core::UserError(path_, "holds a scale that is no number", "finite numbers");
      for (size_t i = at; i < std::min(count, at + 64); ++i) out[i] = scale * static_cast<float>(in_.get<int16_t>());
    }
    return out;
  }

  void finish() const {
    if (!in_.at_end()) throw core::UserError(path_, "goes on after its end", "a file that tools/train_plan.py wrote");
  }

 private:
  std::string path_, bytes_;
  core::ByteReader in_;
};

}  // namespace

PlanNet::PlanNet(const std::string& path) {
  File file(path);
  file.expect(kMagic, "the mark of the file");
  const std::pair<int, const char*> shape[] = {{kWidth, "the width"},
                                               {kHeads, "the number of heads"},
                                               {kInner, "the inner width"},
                                               {kEncoders, "the number of encoder layers"},
                                               {kDecoders, "the number of decoder layers"},
                                               {kGrams, "the number of letter groups"},
                                               {static_cast<int>(kMostHeard), "the longest sentence"}};
  for (const auto& [value, what] : shape) file.expect(static_cast<uint32_t>(value), what);
  const auto table = [&] {
    Table out;
    for (std::string& word : file.strings()) out.emplace(std::move(word), static_cast<int>(out.size()));
    return out;
  };
  words_ = table(), meanings_ = table(), tokens_ = file.strings();
  if (words_.size() < 2 || meanings_.empty() || tokens_.size() < 4)
    throw core::UserError(path, "lists no words", "words, meanings and tokens");
  const auto rows = [&](size_t count) { return file.tensor(count * kWidth); };
  const auto linear = [&](int inputs, int outputs) {
    Linear out;
    out.weights = file.tensor(static_cast<size_t>(inputs) * outputs);
    out.bias = file.tensor(static_cast<size_t>(outputs));
    return out;
  };
  const auto norm = [&] {
    Norm out;
    out.scale = rows(1), out.shift = rows(1);
    return out;
  };
  const auto attention = [&] {
    Attention out;
    for (Linear* part : {&out.query, &out.key, &out.value, &out.out}) *part = linear(kWidth, kWidth);
    return out;
  };
  const auto layer = [&](bool crosses) {
    Layer out;
    out.norm1 = norm(), out.own = attention();
    if (crosses) out.norm2 = norm(), out.cross = attention();
    out.norm3 = norm(), out.up = linear(kWidth, kInner), out.down = linear(kInner, kWidth);
    return out;
  };
  word_ = rows(words_.size()), meaning_ = rows(meanings_.size()), gram_ = rows(kGrams), place_ = rows(kMostHeard);
  token_ = rows(tokens_.size()), when_ = rows(kMostSpelt);
  for (int i = 0; i < kEncoders; ++i) encoders_.push_back(layer(false));
  encoded_ = norm();
  for (int i = 0; i < kDecoders; ++i) decoders_.push_back(layer(true));
  decoded_ = norm();
  logits_ = linear(kWidth, static_cast<int>(tokens_.size()));
  file.finish();
}

int PlanNet::at(const Table& table, std::string_view word, int otherwise) {
  const auto it = table.find(std::string(word));
  return it == table.end() ? otherwise : it->second;
}

std::vector<float> PlanNet::embed(const std::vector<Heard::Word>& words) const {
  std::vector<float> x(words.size() * kW, 0.0f);
  for (size_t i = 0; i < words.size(); ++i) {
    float* out = x.data() + i * kW;
    const auto add = [&](const std::vector<float>& table, int row, float weight) {
      for (int k = 0; k < kW; ++k) out[k] += weight * table[static_cast<size_t>(row) * kW + static_cast<size_t>(k)];
    };
    const std::string &text = words[i].text, &meaning = words[i].meaning;
    add(word_, at(words_, text, kUnknownWord), 1);
    add(place_, static_cast<int>(i), 1);
    if (!meaning.empty()) {
      const size_t one = meaning.find(' '), two = one == std::string::npos ? one : meaning.find(' ', one + 1);
      for (const std::string_view part :
           {std::string_view(meaning), std::string_view(meaning).substr(0, two), std::string_view(meaning).substr(0, one)})
        add(meaning_, at(meanings_, part, kPad), 1);
    }
    if (text.empty() || !is_latin(text)) continue;
    const std::string marked = "^" + text + "$";
    const size_t grams = marked.size() - 2;
    for (size_t k = 0; k < grams; ++k)
      add(gram_, static_cast<int>(gram_of(std::string_view(marked).substr(k, 3))), 1 / static_cast<float>(grams));
  }
  return x;
}

std::vector<float> PlanNet::encode(const std::vector<Heard::Word>& words) const {
  const int rows = static_cast<int>(words.size());
  const size_t size = words.size() * kW;
  std::vector<float> x = embed(words), y(size), query(size), key(size), value(size), mean(size), inner(words.size() * kInner);
  for (const Layer& layer : encoders_) {
    normalise(x.data(), rows, layer.norm1.scale, layer.norm1.shift, y.data());
    const auto project = [&](const Linear& part, std::vector<float>& out) {
      apply(y.data(), rows, kW, part.weights.data(), part.bias.data(), kW, out.data(), false);
    };
    project(layer.own.query, query), project(layer.own.key, key), project(layer.own.value, value);
    for (size_t i = 0; i < words.size(); ++i) attend(query.data() + i * kW, key, value, words.size(), mean.data() + i * kW);
    apply(mean.data(), rows, kW, layer.own.out.weights.data(), layer.own.out.bias.data(), kW, x.data(), true);
    normalise(x.data(), rows, layer.norm3.scale, layer.norm3.shift, y.data());
    apply(y.data(), rows, kW, layer.up.weights.data(), layer.up.bias.data(), kInner, inner.data(), false);
    for (float& v : inner) v = std::max(v, 0.0f);
    apply(inner.data(), rows, kInner, layer.down.weights.data(), layer.down.bias.data(), kW, x.data(), true);
  }
  normalise(x.data(), rows, encoded_.scale, encoded_.shift, y.data());
  return y;
}

std::vector<PlanNet::Kept> PlanNet::begin(const std::vector<float>& heard) const {
  std::vector<Kept> out(decoders_.size());
  const int rows = static_cast<int>(heard.size() / kW);
  for (size_t i = 0; i < out.size(); ++i) {
    const Attention& cross = decoders_[i].cross;
    out[i].heard_key.resize(heard.size()), out[i].heard_value.resize(heard.size());
    apply(heard.data(), rows, kW, cross.key.weights.data(), cross.key.bias.data(), kW, out[i].heard_key.data(), false);
    apply(heard.data(), rows, kW, cross.value.weights.data(), cross.value.bias.data(), kW, out[i].heard_value.data(), false);
  }
  return out;
}

std::vector<float> PlanNet::decode(int token, size_t place, std::vector<Kept>& kept) const {
  std::array<float, kW> x, y, query, mean;
  std::array<float, kInner> inner;
  for (size_t k = 0; k < kW; ++k) x[k] = token_[static_cast<size_t>(token) * kW + k] + when_[place * kW + k];
  const auto one = [](const float* in, int inputs, const Linear& part, int outputs, float* out, bool add) {
    apply(in, 1, inputs, part.weights.data(), part.bias.data(), outputs, out, add);
  };
  for (size_t i = 0; i < decoders_.size(); ++i) {
    const Layer& layer = decoders_[i];
    Kept& mine = kept[i];
    normalise(x.data(), 1, layer.norm1.scale, layer.norm1.shift, y.data());
    mine.key.resize((place + 1) * kW), mine.value.resize((place + 1) * kW);
    one(y.data(), kW, layer.own.query, kW, query.data(), false);
    one(y.data(), kW, layer.own.key, kW, mine.key.data() + place * kW, false);
    one(y.data(), kW, layer.own.value, kW, mine.value.data() + place * kW, false);
    attend(query.data(), mine.key, mine.value, place + 1, mean.data());
    one(mean.data(), kW, layer.own.out, kW, x.data(), true);
    normalise(x.data(), 1, layer.norm2.scale, layer.norm2.shift, y.data());
    one(y.data(), kW, layer.cross.query, kW, query.data(), false);
    attend(query.data(), mine.heard_key, mine.heard_value, mine.heard_key.size() / kW, mean.data());
    one(mean.data(), kW, layer.cross.out, kW, x.data(), true);
    normalise(x.data(), 1, layer.norm3.scale, layer.norm3.shift, y.data());
    one(y.data(), kW, layer.up, kInner, inner.data(), false);
    for (float& v : inner) v = std::max(v, 0.0f);
    one(inner.data(), kInner, layer.down, kW, x.data(), true);
  }
  normalise(x.data(), 1, decoded_.scale, decoded_.shift, y.data());
  std::vector<float> logits(tokens_.size());
  one(y.data(), kW, logits_, static_cast<int>(tokens_.size()), logits.data(), false);
  return logits;
}

PlanNet::Spelt PlanNet::spell(const std::vector<const PlanNet*>& nets, const std::vector<Heard::Word>& words) {
  Spelt out;
  if (nets.empty() || words.empty() || words.size() > kMostHeard) return out;
  std::vector<std::vector<Kept>> kept;
  for (const PlanNet* net : nets) kept.push_back(net->begin(net->encode(words)));
  out.probability = 1;
  std::vector<double> likely(nets.front()->tokens_.size());
  int last = kBegin;
  for (size_t place = 0; place + 1 < kMostSpelt; ++place) {
    std::fill(likely.begin(), likely.end(), 0.0);
    for (size_t n = 0; n < nets.size(); ++n) {
      const std::vector<float> logits = nets[n]->decode(last, place, kept[n]);
      const float most = *std::max_element(logits.begin(), logits.end());
      double sum = 0;
      for (const float logit : logits) sum += std::exp(static_cast<double>(logit - most));
      for (size_t t = 0; t < likely.size(); ++t)
        likely[t] += std::exp(static_cast<double>(logits[t] - most)) / sum / static_cast<double>(nets.size());
    }
    const auto best = std::max_element(likely.begin(), likely.end());
    out.probability *= *best;
    last = static_cast<int>(best - likely.begin());
    if (last == kEnd) return out;
    out.tokens.push_back(nets.front()->tokens_[static_cast<size_t>(last)]);
  }
  out.probability = 0;
  return out;
}

}  // namespace manybody::brain
