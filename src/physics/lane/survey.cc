// What a model asks for that the lane engine does not simulate, before anything is built: each with the name a user reads.
#include <mujoco/mujoco.h>

#include <algorithm>

#include "physics/lane/model.h"

namespace manybody::physics::lane {
namespace {

using Names = std::vector<std::string>;

void lack(Names& out, const std::string& what) {
  if (std::find(out.begin(), out.end(), what) == out.end()) out.push_back(what);
}

void survey_options(const mjModel& m, Names& out) {
  const mjOption& o = m.opt;
  if (o.integrator == mjINT_RK4) lack(out, "Runge-Kutta integrator");
  if (o.solver != mjSOL_NEWTON) lack(out, "solver other than Newton");
  if (o.noslip_iterations > 0) lack(out, "noslip iterations");
  if (o.density != 0 || o.viscosity != 0) lack(out, "fluid forces");
  if (m.ntendon) lack(out, "tendons");
  if (m.nflex) lack(out, "flexible bodies");
  if (m.nplugin) lack(out, "plugins");
  if (m.na) lack(out, "actuators with activation states");
  if (m.nmocap) lack(out, "mocap bodies");
  const int enabled =
      o.enableflags & (mjENBL_OVERRIDE | mjENBL_INVDISCRETE | mjENBL_SLEEP | mjENBL_DIAGEXACT | mjENBL_IPC | mjENBL_SPECULATIVE);
  if (enabled) lack(out, "an option flag that changes the dynamics");
  const int off = mjDSBL_CONSTRAINT | mjDSBL_CONTACT | mjDSBL_SPRING | mjDSBL_DAMPER | mjDSBL_ACTUATION | mjDSBL_CLAMPCTRL |
                  mjDSBL_LIMIT | mjDSBL_WARMSTART;
  if (o.disableflags & off) lack(out, "a disabled part of the dynamics");
  if (o.disableflags & (mjDSBL_NATIVECCD | mjDSBL_MULTICCD)) lack(out, "another collision detection");
  for (int g = 0; g < 6 * m.ngeom; ++g)
    if (m.geom_surfacevel[g] != 0) lack(out, "moving surfaces");
}

void survey_equalities(const mjModel& m, Names& out) {
  if (m.opt.disableflags & mjDSBL_EQUALITY) return;
  for (int e = 0; e < m.neq; ++e) {
    const int type = m.eq_type[e];
    if (!m.eq_active0[e] || type == mjEQ_CONNECT || type == mjEQ_WELD || type == mjEQ_JOINT) continue;
    lack(out, type == mjEQ_TENDON ? "equality constraints of tendons" : "equality constraints of flexible bodies");
  }
}

void survey_joints(const mjModel& m, Names& out) {
  for (int j = 0; j < m.njnt; ++j) {
    if (m.jnt_type[j] == mjJNT_BALL && m.jnt_limited[j]) lack(out, "limits of ball joints");
    if (m.jnt_type[j] == mjJNT_BALL && m.jnt_stiffness[j] != 0) lack(out, "springs of ball joints");
    if (m.jnt_actgravcomp[j]) lack(out, "gravity compensation through actuators");
    if (m.jnt_plasticadr[j] >= 0) lack(out, "plastic springs");
    if (m.jnt_limited[j] && m.jnt_range[2 * j + 1] - m.jnt_range[2 * j] < 2 * m.jnt_margin[j])
      lack(out, "limits closer than their margins");
    for (int k = 0; k < mjNPOLY; ++k)
      if (m.jnt_stiffnesspoly[mjNPOLY * j + k] != 0) lack(out, "polynomial springs");
  }
  for (int d = 0; d < m.nv; ++d) {
    const int type = m.jnt_type[m.dof_jntid[d]];
    for (int k = 0; k < mjNPOLY; ++k)
      if (m.dof_dampingpoly[mjNPOLY * d + k] != 0) lack(out, "polynomial damping");
    const bool extra = m.dof_armature[d] != 0 || m.dof_damping[d] != 0 || m.dof_frictionloss[d] > 0;
    if (type == mjJNT_FREE && extra) lack(out, "armature, damping or friction of a free joint");
    if (type == mjJNT_BALL && m.dof_frictionloss[d] > 0) lack(out, "dry friction of a ball joint");
  }
}

}  // namespace

std::vector<std::string> survey(const mjModel_& m) {
  Names out;
  survey_options(m, out);
  survey_equalities(m, out);
  survey_joints(m, out);
  return out;
}

}  // namespace manybody::physics::lane
