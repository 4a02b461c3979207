// Films: a file that grows picture by picture, encoded by the ffmpeg program.
//
// Reads: Images of one size. Writes: an MP4 (H.264, plays in browsers) or, by the path's ending, a GIF.
// Method: raw pictures through a socket to ffmpeg, which writes beside the path; `finish` puts the file in place.
// Limits: a movie that is not finished leaves nothing behind. Odd sizes get a row or column of padding in MP4.
// Errors: core::UserError: no ffmpeg on this machine, another ending than .mp4 or .gif, and whatever ffmpeg complains of.
#pragma once

#include <memory>
#include <string>

#include "studio/png.h"

namespace manybody::studio {

class Movie {
 public:
  Movie(std::string path, int width, int height, double frames_per_s);
  ~Movie();  // gives up unless finished
  Movie(const Movie&) = delete;
  Movie& operator=(const Movie&) = delete;

  void add(const Image& image);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

bool can_make_movies();  // ffmpeg is on this machine

}  // namespace manybody::studio
