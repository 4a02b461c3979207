#include "physics/collide/pairs.h"

#include <mujoco/mujoco.h>

#include <algorithm>

namespace manybody::physics::collide {
namespace {

bool overriding(const mjModel* m) { return m->opt.enableflags & mjENBL_OVERRIDE; }

// Everything but planes and height fields among themselves.
bool types_collide(const mjModel* m, int g1, int g2) { return std::max(m->geom_type[g1], m->geom_type[g2]) > mjGEOM_HFIELD; }

bool masks_match(const mjModel* m, int g1, int g2) {
  return (m->geom_contype[g1] & m->geom_conaffinity[g2]) || (m->geom_contype[g2] & m->geom_conaffinity[g1]);
}

// Welded together, or parent and child through moving bodies.
bool related(const mjModel* m, int body1, int body2) {
  const int weld1 = m->body_weldid[body1], weld2 = m->body_weldid[body2];
  if (weld1 == weld2) return true;
  if ((m->opt.disableflags & mjDSBL_FILTERPARENT) || weld1 == 0 || weld2 == 0) return false;
  return weld1 == m->body_weldid[m->body_parentid[weld2]] || weld2 == m->body_weldid[m->body_parentid[weld1]];
}

unsigned signature(int body1, int body2) {
  const unsigned low = std::min(body1, body2), high = std::max(body1, body2);
  return (low << 16) + high;
}

bool excluded(const mjModel* m, unsigned bodies) {
  for (int i = 0; i < m->nexclude; ++i) {
    if (static_cast<unsigned>(m->exclude_signature[i]) == bodies) return true;
  }
  return false;
}

bool has_explicit_pair(const mjModel* m, int g1, int g2) {
  for (int i = 0; i < m->npair; ++i) {
    const int a = m->pair_geom1[i], b = m->pair_geom2[i];
    if ((a == g1 && b == g2) || (a == g2 && b == g1)) return true;
  }
  return false;
}

PairParameters ordered(const mjModel* m, int g1, int g2) {
  PairParameters p;
  p.geom1 = g1;
  p.geom2 = g2;
  if (m->geom_type[g1] > m->geom_type[g2]) std::swap(p.geom1, p.geom2);
  return p;
}

// The weight of the first geom's solver parameters.
double mix_weight(double mix1, double mix2) {
  const bool some1 = mix1 >= mjMINVAL, some2 = mix2 >= mjMINVAL;
  if (some1 && some2) return mix1 / (mix1 + mix2);
  if (some1 != some2) return some1 ? 1.0 : 0.0;
  return 0.5;
}

void set_friction(PairParameters& p, const double slide_spin_roll[3]) {
  static constexpr int kFrom[5] = {0, 0, 1, 2, 2};
  for (int i = 0; i < 5; ++i) p.friction[i] = slide_spin_roll[kFrom[i]];
}

// The geom of higher priority decides alone; equals mix: largest condim and friction, weighted solver parameters.
void mix_geoms(const mjModel* m, PairParameters& p) {
  const int a = p.geom1, b = p.geom2;
  const mjtNum *ref1 = m->geom_solref + mjNREF * a, *ref2 = m->geom_solref + mjNREF * b;
  const mjtNum *imp1 = m->geom_solimp + mjNIMP * a, *imp2 = m->geom_solimp + mjNIMP * b;
  double friction[3];
  if (m->geom_priority[a] != m->geom_priority[b]) {
    const int g = m->geom_priority[a] > m->geom_priority[b] ? a : b;
    p.condim = m->geom_condim[g];
    std::copy_n(m->geom_solref + mjNREF * g, mjNREF, p.solref);
    std::copy_n(m->geom_solimp + mjNIMP * g, mjNIMP, p.solimp);
    std::copy_n(m->geom_friction + 3 * g, 3, friction);
    p.adhesion = m->geom_adhesion[g];
  } else {
    p.condim = std::max(m->geom_condim[a], m->geom_condim[b]);
    const double w = mix_weight(m->geom_solmix[a], m->geom_solmix[b]);
    const bool standard = ref1[0] > 0 && ref2[0] > 0;
    for (int i = 0; i < mjNREF; ++i) p.solref[i] = standard ? w * ref1[i] + (1 - w) * ref2[i] : std::min(ref1[i], ref2[i]);
    for (int i = 0; i < mjNIMP; ++i) p.solimp[i] = w * imp1[i] + (1 - w) * imp2[i];
    for (int i = 0; i < 3; ++i) friction[i] = std::max(m->geom_friction[3 * a + i], m->geom_friction[3 * b + i]);
    p.adhesion = m->geom_adhesion[a] + m->geom_adhesion[b];
  }
  set_friction(p, friction);
  p.margin = m->geom_margin[a] + m->geom_margin[b];
  p.gap = m->geom_gap[a] + m->geom_gap[b];
}

PairParameters explicit_pair(const mjModel* m, int i) {
  PairParameters p = ordered(m, m->pair_geom1[i], m->pair_geom2[i]);
  p.pair = i;
  p.condim = m->pair_dim[i];
  std::copy_n(m->pair_solref + mjNREF * i, mjNREF, p.solref);
  std::copy_n(m->pair_solreffriction + mjNREF * i, mjNREF, p.solreffriction);
  std::copy_n(m->pair_solimp + mjNIMP * i, mjNIMP, p.solimp);
  std::copy_n(m->pair_friction + 5 * i, 5, p.friction);
  p.margin = m->pair_margin[i];
  p.gap = m->pair_gap[i];
  p.adhesion = m->pair_adhesion[i];
  return p;
}

// The option flag "override" replaces what geoms and pairs say; friction never falls below a floor.
PairParameters finished(const mjModel* m, PairParameters p) {
  if (overriding(m)) {
    p.margin = m->opt.o_margin;
    std::copy_n(m->opt.o_solref, mjNREF, p.solref);
    std::copy_n(m->opt.o_solref, mjNREF, p.solreffriction);
    std::copy_n(m->opt.o_solimp, mjNIMP, p.solimp);
    std::copy_n(m->opt.o_friction, 5, p.friction);
  }
  for (double& f : p.friction) f = std::max(f, static_cast<double>(mjMINMU));
  return p;
}

void add_body_pair(const mjModel* m, int body1, int body2, std::vector<PairParameters>& out) {
  if (related(m, body1, body2) || excluded(m, signature(body1, body2))) return;
  const size_t start = out.size();
  for (int g1 = m->body_geomadr[body1]; g1 < m->body_geomadr[body1] + m->body_geomnum[body1]; ++g1) {
    for (int g2 = m->body_geomadr[body2]; g2 < m->body_geomadr[body2] + m->body_geomnum[body2]; ++g2) {
      if (!masks_match(m, g1, g2) || !types_collide(m, g1, g2) || has_explicit_pair(m, g1, g2)) continue;
      PairParameters p = ordered(m, g1, g2);
      mix_geoms(m, p);
      out.push_back(finished(m, p));
    }
  }
  std::sort(out.begin() + start, out.end(), [](const PairParameters& a, const PairParameters& b) {
    return a.geom1 != b.geom1 ? a.geom1 < b.geom1 : a.geom2 < b.geom2;
  });
}

}  // namespace

std::vector<PairParameters> list_pairs(const mjModel* m) {
  std::vector<PairParameters> out;
  if (m->opt.disableflags & (mjDSBL_CONSTRAINT | mjDSBL_CONTACT)) return out;
  int next = 0;  // explicit pairs come sorted by signature
  const auto add_explicit_until = [&](unsigned bodies) {
    for (; next < m->npair && static_cast<unsigned>(m->pair_signature[next]) <= bodies; ++next) {
      if (types_collide(m, m->pair_geom1[next], m->pair_geom2[next])) out.push_back(finished(m, explicit_pair(m, next)));
    }
  };
  for (int b1 = 0; b1 < m->nbody; ++b1) {
    for (int b2 = b1 + 1; b2 < m->nbody; ++b2) {
      add_explicit_until(signature(b1, b2));
      add_body_pair(m, b1, b2, out);
    }
  }
  add_explicit_until(~0u);
  return out;
}

}  // namespace manybody::physics::collide
