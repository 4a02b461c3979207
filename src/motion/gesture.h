// Gestures: authored once as data, carried to any body by what its joints do, and played as offsets to the joint targets.
//
// Reads: data/motion/gestures.toml; a Body. Writes: offsets from the standing pose, one a joint of the body in its order, rad.
// Method: a track names a role and a side; its angle turns about the role's axis (pitch y, roll x, yaw z at the standing pose), so the
// sign on a body follows from its own joint's axis. Between keys a quintic without jerk at its ends. A gesture slows down until no
// joint passes kSpeedShare of its speed limit and stays kRangeMargin inside its range. docs/method/brain.md, "Gestures".
// Limits: one gesture a player; balance is the policy's business, so leg tracks are small.
// Errors: core::UserError with file and line; a body that has no way of doing it gives "missing", never an exception.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "body/body.h"

namespace manybody::motion {

inline constexpr double kSpeedShare = 0.6, kSpeedUnknown = 6.0, kRangeMargin = 0.03;

struct Track {
  body::Role role = body::Role::other;
  body::Side side = body::Side::none;
  std::vector<double> times, angles;  // s, rad
};

struct Way {
  std::vector<std::pair<body::Role, body::Side>> needs;
  std::vector<Track> tracks;
};

struct Gesture {
  std::string name;
  double seconds = 1;
  bool mirror = false;  // written for the right hand
  bool aim = false;     // its middle keys follow a direction
  std::vector<Way> ways;
};

class Gestures {
 public:
  explicit Gestures(std::vector<Gesture> gestures) : gestures_(std::move(gestures)) {}
  const Gesture* find(const std::string& name) const;
  const std::vector<Gesture>& all() const { return gestures_; }

 private:
  std::vector<Gesture> gestures_;
};
Gestures read_gestures(const std::string& path);

enum class Hand { right, left, both };

// A gesture on one body: what it does to which joint, how long it takes there.
struct Fitted {
  struct JointTrack {
    int joint = -1;
    std::vector<double> times, offsets;  // rad, within the joint's range
  };
  std::string name;
  double seconds = 0;  // stretched where the body is slow
  std::vector<JointTrack> joints;
  std::string missing;                // what the body lacks; "" when it can do it
  double hold_from = 0, hold_to = 0;  // the part that can be held: its middle
};

// azimuth (left positive) and elevation (up positive) of what is aimed at, rad, seen from the body.
Fitted fit_gesture(const Gesture& gesture, const body::Body& body, Hand hand = Hand::right, double azimuth = 0,
                   double elevation = 0);
// Offsets at a time after its beginning; zero before and after. out: one a joint of the body; only touched joints are written.
void offsets_at(const Fitted& fitted, double seconds, std::vector<double>& out);

}  // namespace manybody::motion
