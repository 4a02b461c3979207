// Small models for the lane engine's tests: one part of the physics each, as MJCF text.
//
// Writes: TextModel: the text, how far a free body's height strays in random states (m), whether free bodies tumble, and whether a
//   trajectory is calm: neighbouring states stay neighbours, so that it may be compared over hundreds of steps.
// Method: every text is a whole <mujoco>; parity_test.cc gives each body a site of its own, so that all poses can be compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace manybody::physics::lane {

struct TextModel {
  std::string name, text;
  double lift = 0;
  bool tumble = false, calm = false;
};

// What <option> says beside the solver's limits, then the rest of the model.
inline std::string mjcf(const std::string& option, const std::string& rest) {
  return "<mujoco><compiler angle='radian'/><option timestep='0.004' " + (option.empty() ? "integrator='implicitfast'" : option) +
         "/>" + rest + "</mujoco>";
}

inline std::string world(const std::string& inside) { return "<worldbody>" + inside + "</worldbody>"; }
inline std::string floor_text() { return "<geom name='floor' type='plane' size='0 0 .1' friction='.7 .01 .001'/>"; }

// A body that falls freely onto the floor, its geom at the origin of its frame.
inline std::string dropped(const std::string& geom, double height, const std::string& more = "") {
  return "<body pos='0 0 " + std::to_string(height) + "'><freejoint/><geom " + geom + "/>" + more + "</body>";
}

inline std::string chain_text(int links) {
  static const char* const kAxes[] = {"0 1 0", "1 0 0", "0 0 1", "1 1 0", "0 1 -1", "-1 .3 .2"};
  std::string text, close;
  for (int i = 0; i < links; ++i) {
    text +=
        "<body pos='" + std::string(i == 0 ? "0 0 3" : ".03 .02 -.15") + "' euler='.1 .2 -.1'><joint axis='" + kAxes[i % 6] +
        "' pos='.01 0 .02' armature='.002' damping='.05'/><geom type='capsule' size='.02' fromto='0 0 0 .03 .02 -.15' mass='.3' "
        "contype='0' conaffinity='0'/>";
    close += "</body>";
  }
  return world(text + close);
}

// Chains, joints, passive forces, actuators: nothing touches.
inline std::vector<TextModel> joint_models() {
  const std::string rod = "<geom type='capsule' size='.03' fromto='0 0 0 .05 0 -.5' mass='1' contype='0' conaffinity='0'/>";
  const std::string all_joints =
      "<body pos='0 0 2'><joint axis='0 1 0' stiffness='12' springref='.3' damping='.4' armature='.03'/>" + rod +
      "<body pos='.05 0 -.5'><joint axis='1 0 0' limited='true' range='-.4 .6' frictionloss='.7' damping='.2'/>" + rod +
      "<body pos='.05 0 -.5'><joint type='slide' axis='0 .2 1' limited='true' range='-.1 .15' margin='.02' stiffness='40' "
      "frictionloss='.5' solreflimit='.03 .8' solimplimit='.8 .97 .01 .4 3'/>" +
      rod + "</body></body></body>";
  const std::string actuated = "<body pos='0 0 2'><joint name='a' axis='0 1 0' armature='.02' actuatorfrcrange='-3 2.5'/>" + rod +
                               "<body pos='.05 0 -.5'><joint name='b' axis='1 0 0' damping='.2'/>" + rod +
                               "<body pos='.05 0 -.5'><joint name='c' type='slide' axis='0 0 1' damping='.1'/>" + rod +
                               "<body pos='.05 0 -.5' euler='.2 0 0'><joint name='d' axis='0 1 1' armature='.01'/>" + rod +
                               "</body></body></body></body>";
  const std::string drives =
      "<actuator><motor joint='a' gear='4' ctrllimited='true' ctrlrange='-.7 .8'/><position joint='b' kp='30' kv='2' "
      "forcelimited='true' forcerange='-6 5'/><velocity joint='c' kv='7' gear='-2'/><general joint='d' gaintype='affine' "
      "biastype='affine' "
      "gainprm='6 .8 -.5' biasprm='.4 -9 -1.1' gear='1.5'/><position joint='a' kp='4' kv='2'/><position joint='d' kp='5' "
      "ctrllimited='true' ctrlrange='-.5 .5'/></actuator>";
  const std::string welded = "<body pos='0 0 2' quat='.9 .1 .3 -.2'><joint axis='.2 1 0' pos='0 .05 .1'/>" + rod +
                             "<body pos='.1 .2 -.3' euler='.3 .5 -.7'>" + rod + "<body pos='0 .1 -.1' quat='.5 -.5 .5 .6'>" +
                             rod + "<body pos='.05 0 -.5' euler='1 0 .4'><joint axis='0 0 1'/>" + rod +
                             "</body></body></body></body>";
  const std::string balls =
      "<body pos='0 0 3' euler='.2 .3 .1'><joint type='ball' pos='.02 .01 .1' damping='.03' armature='.01'/>" + rod +
      "<body pos='.05 0 -.5' euler='0 .4 0'><joint type='ball' damping='.02'/>" + rod +
      "<body pos='.05 0 -.5'><joint axis='0 1 0'/>" + rod + "<body pos='.05 0 -.5'><joint type='ball' pos='0 0 .05'/>" + rod +
      "</body></body></body></body>";
  const std::string two_joints =
      "<body pos='0 0 2' euler='.1 .2 .3'><joint type='slide' axis='1 0 .2'/><joint axis='0 1 .3' pos='.1 0 .05'/>" + rod +
      "<body pos='.05 0 -.5'><joint axis='1 0 0' ref='.4'/><joint axis='0 1 0' pos='0 .02 0'/>" + rod + "</body></body>";
  const std::string lifted = "<body pos='0 0 2' gravcomp='.8'><joint axis='0 1 0'/>" + rod +
                             "<body pos='.05 0 -.5' gravcomp='1.3'><joint axis='1 0 0'/>" + rod +
                             "</body></body><body pos='1 0 1' gravcomp='.5'><freejoint/>" + rod + "</body>";
  const std::string branches =
      "<body pos='0 0 1'><freejoint/><geom type='box' size='.1 .15 .2' mass='4' contype='0' conaffinity='0'/>"
      "<body pos='.1 .1 0'><joint axis='0 1 0'/>" +
      rod + "<body pos='.05 0 -.5'><joint axis='0 1 0'/>" + rod + "</body></body><body pos='-.1 .1 0'><joint axis='1 0 0'/>" +
      rod + "</body><body pos='0 -.1 .2'><joint type='ball'/>" + rod +
      "<body pos='.05 0 -.5'><joint type='slide' axis='1 1 0'/>" + rod + "</body></body></body>";
  return {
      {"pendulum", mjcf("", world("<body pos='0 0 2'><joint axis='0 1 0'/>" + rod + "</body>")), 0, false, true},
      {"double_pendulum",
       mjcf("", world("<body pos='0 0 2'><joint axis='0 1 0' damping='.3'/>" + rod +
                      "<body pos='.05 0 -.5'><joint axis='0 1 0' damping='.3'/>" + rod + "</body></body>")),
       0, false, true},
      {"chain_of_twenty", mjcf("", chain_text(20)), 0, false, false},
      {"two_joints_a_body", mjcf("", world(two_joints)), 0, false, false},
      {"balls", mjcf("", world(balls)), 0, false, false},
      {"balls_euler", mjcf("integrator='Euler'", world(balls)), 0, false, false},
      {"welded", mjcf("", world(welded)), 0, false, true},
      {"lifted", mjcf("gravity='1 -2 -9'", world(lifted)), 0, true, true},
      {"branches", mjcf("", world(branches)), 0, true, false},
      {"weightless", mjcf("", "<option><flag gravity='disable'/></option>" + world(branches)), 0, true, false},
      {"joints", mjcf("", world(all_joints)), 0, false, true},
      {"joints_euler", mjcf("integrator='Euler'", world(all_joints)), 0, false, true},
      {"joints_explicit", mjcf("integrator='Euler'", "<option><flag eulerdamp='disable'/></option>" + world(all_joints)), 0,
       false, true},
      {"joints_without_dry_friction", mjcf("", "<option><flag frictionloss='disable'/></option>" + world(all_joints)), 0, false,
       true},
      {"actuators", mjcf("", world(actuated) + drives), 0, false, true},
      {"actuators_euler", mjcf("integrator='Euler'", world(actuated) + drives), 0, false, true},
      {"chain_implicit", mjcf("integrator='implicit'", chain_text(12)), 0, false, false},
      {"two_joints_implicit", mjcf("integrator='implicit'", world(two_joints)), 0, false, false},
      {"balls_implicit", mjcf("integrator='implicit'", world(balls)), 0, false, false},
      {"branches_implicit", mjcf("integrator='implicit'", world(branches)), 0, true, false},
      {"lifted_implicit", mjcf("integrator='implicit' gravity='1 -2 -9'", world(lifted)), 0, true, true},
      {"actuators_implicit", mjcf("integrator='implicit'", world(actuated) + drives), 0, false, true},
  };
}

// Two free bodies that overlap a little, a metre from the next two.
inline std::string pairs_text(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::string x = std::to_string(i);
    text += "<body pos='" + x + " 0 1'><freejoint/><geom " + pairs[i].first + "/></body><body pos='" + x +
            " .12 1.11'><freejoint/><geom " + pairs[i].second + "/></body>";
  }
  return text;
}

// Contacts: where their points have closed forms, parity is a matter of rounding. Free bodies without children are integrated by
// Euler here; MuJoCo's implicitfast turns those in its own way (lonely_models).
inline std::vector<TextModel> contact_models() {
  const std::string floor = floor_text(), box = "type='box' size='.1 .15 .08' mass='2'",
                    ball = "type='sphere' size='.1' mass='1'";
  const std::string capsule = "type='capsule' size='.06 .15' mass='1.5'";
  const std::string meshed =
      "<asset><mesh name='m' vertex='.1 0 0 -.1 .02 0 0 .12 0 0 -.1 .03 0 .02 .15 .01 0 -.13 .06 .07 .06'/></asset>";
  const std::string swinging =
      "<body pos='-.16 0 1' euler='0 .2 0'><joint axis='0 1 0' damping='.1'/><geom type='capsule' size='.05' fromto='0 0 0 .05 0 "
      "-.5' "
      "mass='1'/><body pos='.05 0 -.5'><joint axis='1 .2 0'/><geom type='capsule' size='.05' fromto='0 .05 0 .1 .05 -.3' "
      "mass='.6'/></body></body>"
      "<body pos='.16 0 1'><joint type='ball' damping='.1'/><geom type='capsule' size='.05' fromto='0 0 0 -.05 0 -.5' mass='1'/>"
      "<body pos='-.05 0 -.55'><joint axis='0 1 0'/><geom type='sphere' size='.07' mass='.4'/></body></body>";
  const std::string folding =
      "<body pos='0 0 .3'><freejoint/><geom type='capsule' size='.06' fromto='-.2 0 0 .2 0 0' mass='2'/>"
      "<body pos='.22 0 0'><joint axis='0 1 0' range='-2.9 2.9' limited='true'/><geom type='capsule' size='.04' fromto='.03 0 0 "
      ".25 0 0' mass='.5'/>"
      "<body pos='.25 0 0'><joint axis='0 1 .1'/><geom type='capsule' size='.04' fromto='.02 0 0 .25 0 0' "
      "mass='.5'/></body></body>"
      "<body pos='-.22 0 0'><joint axis='0 1 0'/><geom type='sphere' size='.08' pos='-.1 0 0' mass='.5'/>"
      "<body pos='-.2 .02 0'><joint axis='0 1 0'/><geom type='sphere' size='.08' pos='-.05 0 0' mass='.5'/></body></body></body>";
  const std::string pair_geoms = "<geom name='ground' type='plane' size='0 0 .1' contype='0' conaffinity='0'/>";
  const std::string field =
      "<asset><hfield name='h' nrow='5' ncol='6' size='1 .8 .15 .1' elevation='0 .2 .5 .1 .7 .2 .4 .9 .3 .6 .1 .8 .2 .5 .7 .4 .9 "
      ".1 "
      ".3 .6 .2 .8 .5 .1 .7 .3 .9 .2 .4 .6'/></asset>";
  const std::string kEuler = "integrator='Euler'";
  return {
      {"box", mjcf(kEuler, world(floor + dropped(box, .1))), .06, true, false},
      {"box_flat", mjcf(kEuler, world(floor + dropped(box, .079))), .002, false, true},
      {"sphere", mjcf(kEuler, world(floor + dropped(ball, .1))), .05, true, true},
      {"capsule", mjcf(kEuler, world(floor + dropped(capsule, .09))), .06, true, false},
      {"cylinder", mjcf(kEuler, world(floor + dropped("type='cylinder' size='.1 .07' mass='1'", .09))), .04, true, false},
      {"ellipsoid", mjcf(kEuler, world(floor + dropped("type='ellipsoid' size='.1 .07 .13' mass='1'", .09))), .04, true, false},
      {"mesh", mjcf(kEuler, meshed + world(floor + dropped("type='mesh' mesh='m' mass='1'", .08))), .04, true, false},
      {"stack",
       mjcf(kEuler,
            world(floor + dropped("type='box' size='.2 .2 .1' mass='3'", .099) +
                  dropped("type='box' size='.15 .16 .1' mass='2'", .298) + dropped("type='box' size='.1 .1 .1' mass='1'", .497))),
       .001, false, true},
      {"spheres_in_air",
       mjcf(kEuler, world("<body pos='0 0 1'><freejoint/><geom type='sphere' size='.1' mass='1'/></body>"
                          "<body pos='.15 .03 1.02'><freejoint/><geom type='sphere' size='.08' mass='3'/></body>")),
       .03, true, true},
      {"swinging", mjcf("", world(swinging)), 0, false, false},
      {"folding", mjcf("", world(floor + folding)), .2, true, false},
      {"folding_euler", mjcf(kEuler, world(floor + folding)), .2, true, false},
      {"frictionless",
       mjcf(kEuler, world("<geom type='plane' size='0 0 .1' condim='1'/>" + dropped(box + std::string(" condim='1'"), .1))), .05,
       true, false},
      {"torsion", mjcf(kEuler, world(floor + dropped(capsule + std::string(" condim='4' friction='.6 .05 .01'"), .09))), .06,
       true, false},
      {"rolling",
       mjcf(kEuler, world(floor + dropped(ball + std::string(" condim='6' friction='.6 .05 .03'"), .1) +
                          "<body pos='.5 0 .1'><freejoint/><geom " + box + " condim='6' friction='.9 .02 .01'/></body>")),
       .05, true, false},
      {"rolling_pair",
       mjcf(kEuler, world(dropped(ball + std::string(" condim='6' friction='.6 .05 .03'"), .1) +
                          "<body pos='.12 .03 .15'><freejoint/><geom " + capsule + "/></body>")),
       .03, true, false},
      {"impratio", mjcf("integrator='Euler' impratio='5'", world(floor + dropped(box, .1))), .05, true, false},
      {"pair",
       mjcf(kEuler,
            world(pair_geoms + "<body pos='0 0 .1'><freejoint/><geom name='x' " + box + " contype='0' conaffinity='0'/></body>") +
                "<contact><pair geom1='ground' geom2='x' condim='6' friction='.9 .4 .03 .02 .01' solref='.03 .9' solimp='.7 .96 "
                ".02 .3 3' "
                "margin='.01' gap='.02'/></contact>"),
       .06, true, false},
      {"direct_reference",
       mjcf(kEuler, world("<geom type='plane' size='0 0 .1' solref='-1500 -40' priority='1' friction='.3 .01 .001'/>" +
                          dropped(box, .1))),
       .06, true, false},
      {"margin",
       mjcf(kEuler, world("<geom type='plane' size='0 0 .1' margin='.02'/>" +
                          dropped(box + std::string(" margin='.01' gap='.015' solimp='.6 .9 .03 .5 1'"), .12))),
       .06, true, false},
      {"mixed",
       mjcf(kEuler, world("<geom type='plane' size='0 0 .1' solmix='2' solref='.05 .8' solimp='.5 .8 .02'/>" +
                          dropped(capsule + std::string(" solmix='1'"), .08))),
       .06, true, false},
      {"stiff_reference",
       mjcf(kEuler, world("<geom type='plane' size='0 0 .1' solref='.001 1' solimp='.9 .9 .001'/>" + dropped(box, .1))), .04,
       true, false},
      {"slope",
       mjcf(kEuler, world("<body euler='.3 -.2 .4'><geom type='plane' size='0 0 .1'/></body>" + dropped(box, .1) +
                          "<body pos='.5 0 .1'><freejoint/><geom " + capsule + "/></body>")),
       .05, true, false},
      {"fixed_shapes",
       mjcf(kEuler, world("<geom type='sphere' size='.2' pos='0 0 .1'/><body pos='1 0 0'><geom type='capsule' size='.1 .3' "
                          "euler='0 1.4 0'/></body>" +
                          dropped(capsule, .34) + "<body pos='1 .02 .18'><freejoint/><geom " + ball + "/></body>")),
       .02, true, false},
      {"closed_pairs",
       mjcf(kEuler, world(pairs_text({{ball, box},
                                      {capsule, box},
                                      {ball, "type='cylinder' size='.1 .12' mass='1'"},
                                      {ball, capsule},
                                      {capsule, capsule},
                                      {box, box}}))),
       .02, true, false},
      {"convex_pairs",
       mjcf(kEuler, meshed + world(pairs_text({{"type='mesh' mesh='m' mass='1'", "type='mesh' mesh='m' mass='2'"},
                                               {"type='ellipsoid' size='.1 .07 .13' mass='1'", box},
                                               {"type='cylinder' size='.1 .12' mass='1'", box},
                                               {"type='mesh' mesh='m' mass='1'", ball}}))),
       .02, true, false},
      // A margin that is next to nothing: without one, MuJoCo 4.0 stops its search too early there (collide_test.cc).
      {"field_box", mjcf(kEuler, field + world("<geom type='hfield' hfield='h' margin='1e-9'/>" + dropped(box, .22))), .04, true,
       false},
      {"field_capsule", mjcf(kEuler, field + world("<geom type='hfield' hfield='h' margin='1e-9'/>" + dropped(capsule, .22))),
       .04, true, false},
      {"field", mjcf(kEuler, field + world("<geom type='hfield' hfield='h'/>" + dropped(ball, .18))), .05, true, false},
  };
}

// Equality constraints: loops closed by connect, welds, coupled joints.
inline std::vector<TextModel> equality_models() {
  const std::string rod = "<geom type='capsule' size='.03' fromto='0 0 0 .5 0 0' mass='1' contype='0' conaffinity='0'/>";
  const std::string four_bar = "<body name='a' pos='0 0 1'><joint name='j' axis='0 1 0' damping='.1'/>" + rod +
                               "<body name='b' pos='.5 0 0' euler='0 1.2 0'><joint axis='0 1 0'/>" + rod +
                               "<body name='c' pos='.5 0 0' euler='0 1 0'><joint axis='0 1 0'/>" + rod + "</body></body></body>";
  const std::string to_world = "<connect body1='c' anchor='.5 0 0'/>",
                    to_link = "<connect body1='d' body2='c' anchor='.1 .02 .03' solref='.03 .8' solimp='.7 .95 .05 .4 3'/>";
  const std::string pendulum = "<body name='d' pos='.1 .3 1'><joint axis='1 .2 0'/>" + rod + "</body>";
  const std::string box = "type='box' size='.1 .15 .08' mass='2' contype='0' conaffinity='0'";
  const auto free_box = [&](const std::string& name, const std::string& place) {
    return "<body name='" + name + "' pos='" + place + "' euler='.3 .2 -.4'><freejoint/><geom " + box + " pos='.02 .01 0'/>" +
           "<site name='s" + name + "' pos='.1 -.05 .02' euler='.4 .1 -.3'/></body>";
  };
  const std::string two = free_box("a", "0 0 1") + free_box("b", ".4 .1 1.1");
  const std::string joints = "<body name='a' pos='0 0 2'><joint name='j' axis='0 1 0' ref='.2'/>" + rod +
                             "<body pos='.5 0 0'><joint name='k' axis='1 0 0' limited='true' range='-1 1'/>" + rod +
                             "</body></body><body pos='0 1 2'><joint name='l' type='slide' axis='0 0 1' ref='-.1'/>" + rod +
                             "<body pos='.5 0 0'><joint name='m' axis='0 0 1' frictionloss='.2'/>" + rod + "</body></body>";
  const auto equal = [](const std::string& inside, const std::string& equalities, const std::string& option = "") {
    return mjcf(option, world(inside) + "<equality>" + equalities + "</equality>");
  };
  const std::string kEuler = "integrator='Euler'";
  return {
      {"four_bar", equal(four_bar, to_world), 0, false, false},
      {"four_bar_to_link", equal(four_bar + pendulum, to_world + to_link), 0, false, false},
      {"connect_free", equal(two, "<connect body1='a' body2='b' anchor='.2 0 .05'/>", kEuler), .1, true, false},
      {"connect_own_branch", equal(four_bar, "<connect body1='a' body2='c' anchor='.1 .3 -.2'/>"), 0, false, false},
      {"connect_sites", equal(two, "<connect site1='sa' site2='sb'/>", kEuler), .1, true, false},
      {"weld_free", equal(two, "<weld body1='a' body2='b'/>", kEuler), .1, true, false},
      {"weld_softly",
       equal(two,
             "<weld body1='a' body2='b' anchor='.1 .2 -.1' relpose='.3 .1 0 .8 .2 -.4 .1' torquescale='.3' solref='.05 .7' "
             "solimp='.5 .9 .2 .3 3'/>",
             kEuler),
       .1, true, false},
      {"weld_to_world", equal(two, "<weld body1='a'/><weld body2='b' body1='world' torquescale='2'/>", kEuler), .1, true, false},
      {"weld_sites", equal(two, "<weld site1='sb' site2='sa' torquescale='.5'/>", kEuler), .1, true, false},
      {"weld_links", equal(four_bar + pendulum, "<weld body1='c' body2='d'/>"), 0, false, false},
      {"coupled_joints",
       equal(joints,
             "<joint joint1='k' joint2='j' polycoef='.1 -.8 .3 .2 -.1'/><joint joint1='l' joint2='m' polycoef='0 .05' "
             "solref='-300 -8'/>"),
       0, false, false},
      {"held_joints", equal(joints, "<joint joint1='j' polycoef='.4'/><joint joint1='l' solimp='.5 .8 .1'/>"), 0, false, true},
      {"inactive",
       equal(joints,
             "<joint joint1='j' joint2='k' active='false'/><weld body1='a' active='false'/><joint joint1='m' "
             "joint2='k' polycoef='0 2'/>"),
       0, false, false},
      {"tied_on_the_floor",
       equal(floor_text() + dropped("name='x' type='box' size='.1 .15 .08' mass='2'", .08, "<site name='x' pos='.1 0 0'/>") +
                 "<body pos='.25 0 .08'><freejoint/><geom type='box' size='.1 .15 .08' mass='2'/><site name='y' pos='-.12 0 "
                 "0'/></body>",
             "<connect site1='x' site2='y'/>", kEuler),
       .005, false, true},
  };
}

// The same with elliptic friction cones.
inline std::vector<TextModel> elliptic(std::vector<TextModel> models) {
  const std::string option = "<option timestep=";
  for (TextModel& m : models) m.text.replace(m.text.find(option), option.size(), "<option cone='elliptic' timestep=");
  return models;
}

// What a model can ask for beside: each is either named as missing or simulated as MuJoCo does.
inline std::vector<TextModel> odd_models() {
  const std::string box = "type='box' size='.1 .15 .08' mass='2'",
                    mesh =
                        "<asset><mesh name='m' vertex='.1 .1 .1 -.1 .1 .1 .1 -.1 .1 -.1 -.1 .1 .1 .1 -.1 -.1 .1 -.1 .1 -.1 -.1 "
                        "-.1 -.1 -.1'/></asset>";
  const std::string euler = "integrator='Euler'",
                    rod = "<geom type='capsule' size='.03' fromto='0 0 0 .05 0 -.5' mass='1' contype='0' conaffinity='0'/>";
  const auto swing = [&](const std::string& joint) {
    return world("<body pos='0 0 2'><joint name='j' axis='0 1 0' " + joint + "/>" + rod + "</body>");
  };
  const auto driven = [&](const std::string& joint, const std::string& actuator) {
    return mjcf("", swing(joint) + "<actuator>" + actuator + "</actuator>");
  };
  const auto two = [&](const std::string& rest) {
    return mjcf(
        "", world("<body pos='0 0 2'><joint name='j'/>" + rod + "</body><body pos='1 0 1'><joint name='k'/>" + rod + "</body>") +
                rest);
  };
  const auto flagged = [&](const std::string& flag, const std::string& rest) {
    return mjcf(euler, "<option><flag " + flag + "/></option>" + rest);
  };
  const std::string on_floor = world(floor_text() + dropped(box, .1)),
                    on_mesh = mesh + world(dropped(box, .1) + dropped("type='mesh' mesh='m' mass='1'", .25));
  return {
      {"disabled_actuators",
       mjcf("integrator='Euler' actuatorgroupdisable='1'", swing("") + "<actuator><motor joint='j' group='1'/></actuator>")},
      {"actuator_damping", driven("", "<motor joint='j' damping='2'/>")},
      {"actuator_armature", driven("", "<motor joint='j' armature='.2'/>")},
      {"actuator_in_parent", driven("", "<motor jointinparent='j'/>")},
      {"actuator_filter", driven("", "<general joint='j' dyntype='filter' dynprm='.1'/>")},
      {"actuator_negative_damping", driven("", "<general joint='j' biastype='affine' biasprm='0 0 .5'/>")},
      {"actuators_beyond_the_joints_force",
       driven("actuatorfrcrange='-1 1' damping='.1'", "<motor joint='j' gear='4'/><position joint='j' kp='3' kv='1'/>")},
      {"gravity_through_actuators",
       mjcf(
           "",
           world("<body pos='0 0 2' gravcomp='1'><joint name='j' axis='0 1 0' actuatorgravcomp='true' actuatorfrcrange='-1 1'/>" +
                 rod + "</body>") +
               "<actuator><motor joint='j'/></actuator>")},
      {"moving_surface", mjcf(euler, world("<geom type='plane' size='0 0 .1' surfacevel='1 0 0'/>" + dropped(box, .1))), .03,
       true},
      {"sticky_surface", mjcf(euler, world("<geom type='plane' size='0 0 .1' adhesion='3'/>" + dropped(box, .1))), .03, true},
      {"plastic_spring", mjcf("", swing("stiffness='20' springyield='.1'"))},
      {"polynomial_damping", mjcf("", swing("damping='1 .5'"))},
      {"polynomial_spring", mjcf("", swing("stiffness='1 .5'"))},
      {"limits_within_their_margins", mjcf("", swing("limited='true' range='-.05 .05' margin='.2'"))},
      {"limited_ball", mjcf("", world("<body pos='0 0 2'><joint type='ball' limited='true' range='0 .5'/>" + rod + "</body>"))},
      {"sprung_ball", mjcf("", world("<body pos='0 0 2'><joint type='ball' stiffness='5'/>" + rod + "</body>"))},
      {"armature_of_a_free_joint",
       mjcf(euler, world("<body pos='0 0 1'><joint type='free' armature='.1'/><geom " + box + "/></body>"))},
      {"no_multiccd", flagged("multiccd='disable'", on_mesh), .003, false},
      {"no_nativeccd", flagged("nativeccd='disable'", on_mesh), .003, false},
      {"no_refsafe", flagged("refsafe='disable'", world("<geom type='plane' size='0 0 .1' solref='.005 1'/>" + dropped(box, .1))),
       .03, true},
      {"override", flagged("override='enable'", on_floor), .03, true},
      {"no_contact", flagged("contact='disable'", on_floor), .03, true},
      {"no_filterparent",
       flagged("filterparent='disable'", world("<body pos='0 0 1'><joint axis='0 1 0'/><geom type='capsule' size='.05' fromto='0 "
                                               "0 0 0 0 -.3'/><body pos='0 0 -.33'><joint axis='1 0 0'/>"
                                               "<geom type='capsule' size='.05' fromto='0 0 0 0 0 -.3'/></body></body>"))},
      {"no_springs", flagged("spring='disable'", swing("stiffness='9'"))},
      {"no_dampers", flagged("damper='disable'", swing("damping='.9'"))},
      {"no_equality", flagged("equality='disable'", world("<body pos='0 0 2'><joint name='j'/>" + rod +
                                                          "</body><body pos='1 0 1'><joint name='k'/>" + rod + "</body>") +
                                                        "<equality><joint joint1='j' joint2='k'/></equality>")},
      {"equality_of_joints", two("<equality><joint joint1='j' joint2='k'/></equality>")},
      {"idle_equality", two("<equality><joint joint1='j' joint2='k' active='false'/></equality>")},
      {"tendon", two("<tendon><fixed stiffness='3'><joint joint='j' coef='1'/><joint joint='k' coef='-1'/></fixed></tendon>")},
      {"mocap_body",
       mjcf(euler, world("<body mocap='true' pos='0 0 0'><geom type='box' size='1 1 .05'/></body>" + dropped(box, .12))), .03,
       true},
      {"equality_of_tendons", two("<tendon><fixed name='t'><joint joint='j' coef='1'/></fixed><fixed name='u'><joint joint='k' "
                                  "coef='-1'/></fixed></tendon>"
                                  "<equality><tendon tendon1='t' tendon2='u'/></equality>")},
      {"elliptic_noslip", mjcf("integrator='Euler' cone='elliptic' noslip_iterations='3'", on_floor), .03, true},
      {"conjugate_gradients", mjcf("integrator='Euler' solver='CG'", on_floor), .03, true},
      {"noslip", mjcf("integrator='Euler' noslip_iterations='3'", on_floor), .03, true},
      {"runge_kutta", mjcf("integrator='RK4'", swing(""))},
      {"implicit", mjcf("integrator='implicit'", swing("damping='.2'"))},
      {"fluid", mjcf("integrator='Euler' density='1000' viscosity='.1'", swing(""))},
      {"small_plane", mjcf(euler, world("<geom type='plane' size='.05 .05 .1'/>" + dropped(box, .1))), .03, true},
      {"friction_reference",
       mjcf(euler, world("<geom name='f' type='plane' size='0 0 .1'/><body pos='0 0 .1'><freejoint/><geom name='b' " + box +
                         "/></body>") +
                       "<contact><pair geom1='f' geom2='b' solreffriction='.05 1'/></contact>"),
       .03, true},
  };
}

// A free body that carries nothing. MuJoCo 4.0's implicitfast, against its documentation, takes such a body's gyroscopic and
// centripetal forces implicitly: v += h (M + h dc/dv)^-1 M a, c the bias force.
inline std::vector<TextModel> lonely_models() {
  const std::string box = "type='box' size='.1 .15 .08' mass='2'";
  return {
      {"lonely_box", mjcf("", world("<body pos='0 0 1'><freejoint/><geom " + box + "/></body>")), .1, true, true},
      {"lonely_box_off_centre",
       mjcf("", world("<body pos='0 0 1'><freejoint/><geom " + box + " pos='.05 .03 -.1' euler='.3 .2 .1'/></body>")), .1, true,
       true},
      {"lonely_box_implicit",
       mjcf("integrator='implicit'", world("<body pos='0 0 1'><freejoint/><geom " + box + " pos='.05 .03 -.1'/></body>")), .1,
       true, true},
      {"lonely_box_on_floor", mjcf("", world(floor_text() + dropped(box, .1))), .06, true, false},
      {"lonely_box_beside_a_driven_chain",
       mjcf("", world("<body pos='0 0 1'><freejoint/><geom " + box +
                      " pos='.05 .03 -.1'/></body><body pos='1 0 2'><joint name='j' "
                      "axis='0 1 0' damping='.2'/><geom " +
                      box + "/><body pos='0 0 -.4'><joint axis='1 0 0'/><geom " + box + "/></body></body>") +
                    "<actuator><position joint='j' kp='20' kv='2'/></actuator>"),
       .1, true, false},
      {"lonely_box_welded",
       mjcf("", world("<body pos='0 0 1'><freejoint/><geom " + box + "/><body pos='.1 0 .2'><geom " + box + "/></body></body>")),
       .1, true, true},
  };
}

}  // namespace manybody::physics::lane
