#include "brain/number.h"

#include <map>
#include <string>

namespace manybody::brain {
namespace {

const std::map<std::string, double> kSmall{
    {"zero", 0},      {"one", 1},      {"two", 2},      {"three", 3},      {"four", 4},      {"five", 5},      {"six", 6},
    {"seven", 7},     {"eight", 8},    {"nine", 9},     {"ten", 10},       {"eleven", 11},   {"twelve", 12},   {"thirteen", 13},
    {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19}, {"twa", 2},
    {"fiev", 5},      {"thre", 3},     {"tree", 3},     {"foor", 4},       {"fower", 4},     {"wan", 1},       {"dozen", 12}};
const std::map<std::string, double> kTens{{"twenty", 20}, {"thirty", 30},  {"forty", 40},  {"fourty", 40}, {"fifty", 50},
                                          {"sixty", 60},  {"seventy", 70}, {"eighty", 80}, {"ninety", 90}, {"ninty", 90}};
const std::map<std::string, int> kDigits{{"零", 0}, {"〇", 0}, {"一", 1}, {"二", 2}, {"两", 2}, {"三", 3}, {"四", 4}, {"五", 5},
                                         {"六", 6}, {"七", 7}, {"八", 8}, {"九", 9}, {"壹", 1}, {"贰", 2}, {"叁", 3}, {"肆", 4},
                                         {"伍", 5}, {"陆", 6}, {"柒", 7}, {"捌", 8}, {"玖", 9}, {"俩", 2}, {"仨", 3}, {"幺", 1}};
const std::map<std::string, double> kPowers{{"十", 10}, {"拾", 10}, {"百", 100}, {"佰", 100}, {"千", 1000}, {"万", 10000}};

class Reader {
 public:
  Reader(const std::vector<Unit>& units, size_t at) : units_(units), at_(at), start_(at) {}

  std::optional<Number> english() {
    double value = 0;
    if (word() == "a" && (next() == "hundred" || next() == "thousand" || next() == "dozen")) ++at_, value = 1;
    else if (const auto tens = kTens.find(word()); tens != kTens.end()) {
      value = tens->second, ++at_;
      if (const auto one = kSmall.find(word()); one != kSmall.end() && one->second >= 1 && one->second <= 9)
        value += one->second, ++at_;
    } else if (const auto small = kSmall.find(word()); small != kSmall.end()) {
      if (small->first == "tree" || small->first == "dozen") return std::nullopt;
      value = small->second, ++at_;
      // "one eighty", "three sixty", "two seventy"
      if (value >= 1 && value <= 9) {
        if (const auto ten = kTens.find(word());
            ten != kTens.end() &&
            (ten->second == 80 || ten->second == 60 || ten->second == 70 || ten->second == 20 || ten->second == 50))
          value = value * 100 + ten->second, ++at_;
        else if (word() == "thirty" && next() == "five" && value == 1) value = 135, at_ += 2;
      }
    } else {
      return std::nullopt;
    }
    value = scaled(value);
    if (word() == "point" && kSmall.count(next())) {
      ++at_;
      double place = 0.1;
      while (kSmall.count(word()) && kSmall.at(word()) < 10) value += place * kSmall.at(word()), place /= 10, ++at_;
    }
    return done(and_half(value));
  }

  std::optional<Number> digits() {
    double value = units_[at_].number;
    const bool had = units_[at_].kind == Unit::Kind::number;
    if (!had) return std::nullopt;
    ++at_;
    // "1,5 metres": typed without a space, and no thousands.
    if (mark(",") && at_ + 1 < units_.size() && units_[at_ + 1].kind == Unit::Kind::number &&
        units_[at_].begin == units_[at_ - 1].end && units_[at_ + 1].begin == units_[at_].end &&
        units_[at_ + 1].end - units_[at_ + 1].begin <= 2) {
      const double scale = units_[at_ + 1].end - units_[at_ + 1].begin == 1 ? 0.1 : 0.01;
      value += units_[at_ + 1].number * scale, at_ += 2;
    }
    if (mark("/") && at_ + 1 < units_.size() && units_[at_ + 1].kind == Unit::Kind::number && units_[at_ + 1].number > 0)
      value /= units_[at_ + 1].number, at_ += 2;
    if (const auto power = kPowers.find(word()); power != kPowers.end() && power->second >= 100) value *= power->second, ++at_;
    Number out = *done(and_half(scaled(value)));
    out.bare_digit = true;
    return out;
  }

  std::optional<Number> chinese() {
    if (word() == "几" || (word() == "好" && next() == "几")) {
      at_ += word() == "几" ? 1 : 2;
      Number out = *done(3);
      out.vague = true;
      return out;
    }
    if (word() == "半") return std::nullopt;
    double total = 0, section = 0;
    int digit = -1, last_power = 0;
    bool any = false;
    for (; at_ < units_.size(); ++at_) {
      if (const auto d = kDigits.find(word()); d != kDigits.end()) {
        if (digit >= 0 && digit != 0) {
          if (last_power == 0 && !any) return std::nullopt;
          break;
        }
        if (d->first == "幺" && !any) return std::nullopt;
        digit = d->second, any = true;
        last_power = last_power == 0 ? 0 : last_power;
        continue;
      }
      const auto power = kPowers.find(word());
      if (power == kPowers.end()) break;
      if (!any && power->second != 10) break;
      if (power->second == 10000) {
        total = (total + section + (digit > 0 ? digit : 0)) * 10000, section = 0;
      } else {
        section += (digit < 0 ? 1 : digit) * power->second;
      }
      last_power = static_cast<int>(power->second), digit = -1, any = true;
    }
    if (!any) return std::nullopt;
    double value = total + section;
    // "一百八" is 180, "一百零八" is 108.
    if (digit > 0)
      value += last_power >= 100 && at_ >= 2 && kPowers.count(units_[at_ - 2].text) ? digit * last_power / 10.0 : digit;
    if (word() == "点" && kDigits.count(next())) {
      ++at_;
      for (double place = 0.1; kDigits.count(word()); place /= 10, ++at_) value += place * kDigits.at(word());
    }
    return done(value);
  }

 private:
  const std::string& word() const { return at_ < units_.size() ? units_[at_].text : empty_; }
  const std::string& next(size_t ahead = 1) const { return at_ + ahead < units_.size() ? units_[at_ + ahead].text : empty_; }
  bool mark(const char* text) const { return word() == text; }

  double scaled(double value) {
    for (;;) {
      if (word() == "hundred" || word() == "thousand") {
        value *= word() == "hundred" ? 100 : 1000, ++at_;
        size_t skip = word() == "and" ? 1 : 0;
        const std::string& follows = next(skip);
        if (kTens.count(follows) || kSmall.count(follows)) {
          at_ += skip;
          if (const auto tens = kTens.find(word()); tens != kTens.end()) {
            value += tens->second, ++at_;
            if (const auto one = kSmall.find(word()); one != kSmall.end() && one->second < 10) value += one->second, ++at_;
          } else {
            value += kSmall.at(word()), ++at_;
          }
        }
      } else if (word() == "dozen") {
        value *= 12, ++at_;
      } else {
        return value;
      }
    }
  }

  double and_half(double value) {
    if (word() == "and" && (next() == "a" || next() == "one") && next(2) == "half") at_ += 3, value += 0.5;
    else if (word() == "and" && next() == "a" && next(2) == "quarter") at_ += 3, value += 0.25;
    return value;
  }

  std::optional<Number> done(double value) const { return Number{value, at_ - start_, false, false}; }

  const std::vector<Unit>& units_;
  size_t at_, start_;
  const std::string empty_;
};

}  // namespace

std::optional<Number> number_at(const std::vector<Unit>& units, size_t at) {
  if (at >= units.size()) return std::nullopt;
  switch (units[at].kind) {
    case Unit::Kind::number:
      return Reader(units, at).digits();
    case Unit::Kind::cjk:
      return Reader(units, at).chinese();
    case Unit::Kind::word:
      return Reader(units, at).english();
    case Unit::Kind::mark:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace manybody::brain
