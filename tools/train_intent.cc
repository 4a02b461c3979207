// Trains the brain's second opinion (data/brain/intent.bin) on sentences made from the lexicon.
//
// usage: train_intent LEXICON_FOLDER OUT.bin [SENTENCES=300000] [SEED=1]
// Method: sentences of one to three actions in either language, with politeness, slots, slips of the pen, invented words, negation and
// talk; binary cross-entropy for every label, Adam, one pass: no sentence is seen twice. A hundred thousand take about five minutes on
// one core. The test sentences are not among them and are never read here.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "brain/intent_model.h"
#include "brain/lexicon.h"
#include "core/error.h"
#include "core/rng.h"

namespace manybody::brain {
namespace {

class Corpus {
 public:
  Corpus(const Lexicon& lexicon, uint64_t seed) : rng_(seed) {
    for (const Lexicon::Phrase& phrase : lexicon.phrases()) {
      const Meaning& meaning = lexicon.meanings()[static_cast<size_t>(phrase.meaning)];
      std::string key = to_text(meaning.tag);
      if (meaning.tag == Tag::act)
        key = meaning.value.substr(0, meaning.value.find(' ')) + (meaning.value.find("weak") != std::string::npos ? "_weak" : "");
      if (meaning.tag == Tag::conn || meaning.tag == Tag::unit || meaning.tag == Tag::pol || meaning.tag == Tag::fn)
        key += "_" + meaning.value;
      words_[phrase.chinese][key].push_back(phrase.text);
    }
  }

  struct Sample {
    std::string text;
    std::vector<float> labels;
  };

  Sample sample() {
    Sample out;
    out.labels.assign(intent_labels().size(), 0.0f);
    zh_ = rng_.uniform() < 0.5;
    if (rng_.uniform() < 0.14) return talk(out);
    const int clauses = rng_.uniform() < 0.55 ? 1 : rng_.uniform() < 0.7 ? 2 : 3;
    const bool first_zh = zh_;
    for (int c = 0; c < clauses; ++c) {
      zh_ = rng_.uniform() < 0.05 ? !first_zh : first_zh;
      if (c > 0)
        join(out.text, rng_.uniform() < 0.35 ? std::string(",") : rng_.uniform() < 0.6 ? word("conn_then") : word("conn_and"));
      clause(out);
    }
    zh_ = first_zh;
    if (rng_.uniform() < 0.25) join(out.text, rng_.uniform() < 0.5 ? word("pol_please") : word("pol_hedge"));
    // A polite order may end in a question mark; so the mark alone does not tell talk from orders.
    if (const double u = rng_.uniform(); u < 0.5) out.text += u < 0.2 ? "." : u < 0.4 ? "?" : "!";
    slips(out.text);
    return out;
  }

 private:
  std::string word(const std::string& key) {
    const auto it = words_[zh_].find(key);
    if (it == words_[zh_].end() || it->second.empty()) {
      const auto other = words_[!zh_].find(key);
      return other == words_[!zh_].end() ? ""
                                         : other->second[static_cast<size_t>(rng_.below(static_cast<int>(other->second.size())))];
    }
    std::string text = it->second[static_cast<size_t>(rng_.below(static_cast<int>(it->second.size())))];
    if (const size_t hash = text.find('#'); hash != std::string::npos) text.replace(hash, 1, "三个");
    return text;
  }

  void join(std::string& text, const std::string& more) {
    if (!zh_ && !text.empty() && !more.empty() && more != ",") text += " ";
    text += more;
  }

  std::string number() {
    static const std::vector<std::string> kEn{"one", "two", "three", "five", "a", "ten", "twenty", "ninety", "half a"},
        kZh{"一", "两", "三", "五", "十", "二十", "九十", "半", "几"};
    if (rng_.uniform() < 0.4) return std::to_string(rng_.below(100));
    return zh_ ? kZh[static_cast<size_t>(rng_.below(9))] : kEn[static_cast<size_t>(rng_.below(9))];
  }

  std::string invented() {
    std::string out;
    if (zh_) {
      for (int i = 0, n = 1 + rng_.below(3); i < n; ++i) append_code(out, static_cast<char32_t>(0x4E00 + rng_.below(0x5000)));
    } else {
      for (int i = 0, n = 3 + rng_.below(6); i < n; ++i) out += static_cast<char>('a' + rng_.below(26));
    }
    return out;
  }

  void thing(std::string& text) {
    const double u = rng_.uniform();
    if (!zh_ && u < 0.7) join(text, "the");
    if (u < 0.25) join(text, word("adj"));
    if (u < 0.65) join(text, word("noun"));
    else if (u < 0.8) join(text, word("pron"));
    else join(text, invented());
    if (zh_ && rng_.uniform() < 0.3) join(text, word("fn_loc"));
  }

  void clause(Sample& out) {
    static const std::vector<std::string> kActs{"walk",       "walk",    "turn",     "turn",       "go_to", "go_to",
                                                "follow",     "look_at", "stand",    "squat",      "bow",   "nod",
                                                "shake_head", "wave",    "point_at", "raise_arms", "dance", "hold_pose",
                                                "say",        "wait",    "handle",   "cannot",     "redo"};
    std::string act = kActs[static_cast<size_t>(rng_.below(static_cast<int>(kActs.size())))];
    const bool negated = rng_.uniform() < 0.06;
    if (rng_.uniform() < 0.15) join(out.text, word("voc"));
    if (rng_.uniform() < 0.4) join(out.text, word("pol_please"));
    if (rng_.uniform() < 0.25) join(out.text, word("pol_hedge"));
    if (rng_.uniform() < 0.05) join(out.text, invented());
    if (negated) join(out.text, word("neg"));
    std::string label = act;
    if (act == "handle") {
      static const std::vector<std::string> kHandles{"reach", "pick", "place", "hand_over", "hang"};
      act = kHandles[static_cast<size_t>(rng_.below(5))];
    }
    const bool before = zh_ && rng_.uniform() < 0.6;
    const bool moves = act == "walk" || act == "turn";
    if (moves && before) join(out.text, word("dir"));
    if (rng_.uniform() < 0.08) join(out.text, word("speed"));
    join(out.text, act == "walk" && rng_.uniform() < 0.35 ? word("walk_weak") : word(act));
    if (moves && !before) join(out.text, word("dir"));
    if (act == "walk" && rng_.uniform() < 0.6)
      join(out.text, number()), join(out.text, word(rng_.uniform() < 0.5   ? "unit_step"
                                                    : rng_.uniform() < 0.7 ? "unit_m"
                                                                           : "unit_cm"));
    else if (act == "turn" && rng_.uniform() < 0.5) join(out.text, number()), join(out.text, word("unit_deg"));
    else if (act == "go_to" || act == "follow" || act == "look_at" || act == "point_at" || label == "handle") thing(out.text);
    else if ((act == "wait" || act == "hold_pose") && rng_.uniform() < 0.8)
      join(out.text, number()), join(out.text, word("unit_s"));
    else if (act == "say") join(out.text, rng_.uniform() < 0.6 ? word("chat") : word("noun"));
    else if (rng_.uniform() < 0.2) join(out.text, number()), join(out.text, word("unit_times"));
    else if (act == "wave" && rng_.uniform() < 0.2) join(out.text, word("hand"));
    if (const int index = intent_label(label); index >= 0 && !negated) out.labels[static_cast<size_t>(index)] = 1;
  }

  Sample& talk(Sample& out) {
    const int parts = 1 + rng_.below(2);
    for (int i = 0; i < parts; ++i) {
      join(out.text, word(rng_.uniform() < 0.6 ? "chat" : "story"));
      if (rng_.uniform() < 0.5) thing(out.text);
      for (int k = rng_.below(3); k > 0; --k) join(out.text, rng_.uniform() < 0.5 ? word("word") : invented());
    }
    if (rng_.uniform() < 0.4) out.text += "?";
    out.labels[static_cast<size_t>(intent_label("chat"))] = 1;
    slips(out.text);
    return out;
  }

  // Letters swapped, left out, doubled or mistyped.
  void slips(std::string& text) {
    if (rng_.uniform() > 0.2 || text.size() < 4) return;
    for (int n = 1 + rng_.below(2); n > 0; --n) {
      const size_t at = static_cast<size_t>(rng_.below(static_cast<int>(text.size() - 1)));
      const auto letter = [&](size_t i) { return text[i] >= 'a' && text[i] <= 'z'; };
      if (!letter(at) || !letter(at + 1)) continue;
      switch (rng_.below(4)) {
        case 0:
          std::swap(text[at], text[at + 1]);
          break;
        case 1:
          text.erase(at, 1);
          break;
        case 2:
          text.insert(at, 1, text[at]);
          break;
        default:
          text[at] = static_cast<char>('a' + rng_.below(26));
          break;
      }
    }
  }

  core::Rng rng_;
  bool zh_ = false;
  std::map<std::string, std::vector<std::string>> words_[2];
};

void start(IntentNet& net, uint64_t seed) {
  core::Rng rng(seed, 7);
  std::vector<float>& p = net.parameters();
  const auto fill = [&](size_t from, size_t count, double deviation) {
    for (size_t i = from; i < from + count; ++i) p[i] = static_cast<float>(deviation * rng.normal());
  };
  fill(0, static_cast<size_t>(IntentNet::kRows) * IntentNet::kEmbed, 0.5);
  for (const IntentNet::Layer& layer : net.layers()) {
    fill(layer.weights, static_cast<size_t>(layer.kernel * layer.in) * IntentNet::kWidth,
         std::sqrt(2.0 / (layer.kernel * layer.in)) * (layer.residual ? 0.5 : 1));
  }
  fill(net.head(), static_cast<size_t>(IntentNet::kWidth * net.labels()), 0.1);
}

void train(const Lexicon& lexicon, const std::string& path, long sentences, uint64_t seed) {
  constexpr int kBatch = 32;
  IntentNet net(static_cast<int>(intent_labels().size()));
  start(net, seed);
  Corpus corpus(lexicon, seed);
  std::vector<float>& p = net.parameters();
  std::vector<float> gradients(p.size()), m(p.size()), v(p.size());
  IntentNet::Pass pass;
  double loss = 0, right = 0;
  long shown = 0;
  const long steps = sentences / kBatch;
  for (long step = 1; step <= steps; ++step) {
    std::fill(gradients.begin(), gradients.end(), 0.0f);
    for (int b = 0; b < kBatch; ++b) {
      const Corpus::Sample sample = corpus.sample();
      net.forward(IntentNet::rows_of(lexicon.normaliser().units(sample.text)), pass);
      std::vector<float> by_logits(pass.logits.size());
      bool all = true;
      for (size_t c = 0; c < by_logits.size(); ++c) {
        const float q = 1 / (1 + std::exp(-pass.logits[c]));
        by_logits[c] = (q - sample.labels[c]) / kBatch;
        loss -= sample.labels[c] > 0 ? std::log(std::max(q, 1e-7f)) : std::log(std::max(1 - q, 1e-7f));
        all = all && (q > 0.5f) == (sample.labels[c] > 0.5f);
      }
      right += all, ++shown;
      net.backward(pass, by_logits, gradients);
    }
    const double rate = 2e-3 * 0.5 * (1 + std::cos(3.14159265 * static_cast<double>(step) / static_cast<double>(steps))) + 2e-5;
    const double c1 = 1 - std::pow(0.9, step), c2 = 1 - std::pow(0.999, step);
    for (size_t i = 0; i < p.size(); ++i) {
      m[i] = 0.9f * m[i] + 0.1f * gradients[i];
      v[i] = 0.999f * v[i] + 0.001f * gradients[i] * gradients[i];
      p[i] -= static_cast<float>(rate * (m[i] / c1) / (std::sqrt(v[i] / c2) + 1e-8));
    }
    if (step % 250 == 0 || step == steps) {
      std::printf("%ld sentences, loss %.4f, all labels right %.3f\n", step * kBatch, loss / static_cast<double>(shown),
                  right / static_cast<double>(shown));
      std::fflush(stdout);
      loss = right = 0, shown = 0;
      if (step % 2000 == 0) write_intent_net(net, path);
    }
  }
  write_intent_net(net, path);
}

}  // namespace
}  // namespace manybody::brain

int main(int argc, char** argv) {
  using namespace manybody;
  if (argc < 3) return std::fputs("usage: train_intent LEXICON_FOLDER OUT.bin [SENTENCES] [SEED]\n", stderr), 2;
  try {
    const brain::Lexicon lexicon(argv[1]);
    brain::train(lexicon, argv[2], argc > 3 ? std::atol(argv[3]) : 300000, argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 1);
  } catch (const core::UserError& error) {
    return std::fprintf(stderr, "train_intent: %s\n", error.what()), 2;
  }
  return 0;
}
