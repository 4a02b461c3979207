#include "signal/token_layout.h"

#include <cstdlib>
#include <numeric>

#include "core/error.h"
#include "signal/by_role.h"

namespace manybody::signal {
namespace {

// Left leg 0, right leg 1, waist 2.
int limb_of(int token) { return token / kLegRoles; }

Relation relation(int from, int to) {
  if (from == to) return Relation::self;
  if (limb_of(from) == limb_of(to)) {
    if (to == from - 1) return Relation::parent;
    if (to == from + 1) return Relation::child;
    return Relation::limb;
  }
  const bool legs = limb_of(from) < 2 && limb_of(to) < 2;
  return legs && std::abs(from - to) == kLegRoles ? Relation::mirror : Relation::other;
}

}  // namespace

TokenLayout make_token_layout(const WalkModel& m) {
  TokenLayout layout;
  if (m.config.leg_space != "role" || m.config.arm_scale > 0) return layout;
  layout.tokens.resize(kRoleActions);
  int at = 0;  // walks along the observation as WalkSignal::observe writes it
  auto global = [&](int count) {
    for (int i = 0; i < count; ++i) layout.globals.push_back(at++);
  };
  auto each = [&] {
    for (Token& token : layout.tokens) token.inputs.push_back(at++);
  };
  global(9);   // gyro, gravity, command
  global(24);  // soles and their speed
  each(), each();
  if (!m.seen_effort.empty()) each();
  each();     // last action
  global(3);  // phase
  if (!m.descriptors.empty()) {
    global(kBodyDescriptors);
    for (int t = 0; t < kRoleActions; ++t) {
      Token& token = layout.tokens[t];
      const bool leg = limb_of(t) < 2;
      const int first = leg ? at + t % kLegRoles * kRoleDescriptors : at + kLegRoles * kRoleDescriptors + t - 2 * kLegRoles;
      token.present = first;
      for (int i = 0; i < kRoleDescriptors; ++i) token.inputs.push_back(leg || i == 0 ? first + i : -1);
    }
    at += kLegRoles * kRoleDescriptors + kWaistRoles;
  }
  MB_CHECK(at == m.observations && m.actions == kRoleActions);
  for (int from = 0; from < kRoleActions; ++from)
    for (int to = 0; to < kRoleActions; ++to) layout.tokens[from].relations.push_back(static_cast<int>(relation(from, to)));
  return layout;
}

}  // namespace manybody::signal
