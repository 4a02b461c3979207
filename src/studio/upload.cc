#include "studio/upload.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "studio/zip.h"

namespace manybody::studio {
namespace fs = std::filesystem;
namespace {

constexpr int kMostUpwards = 3;                 // steps upwards in one reference; a file's place comes of two at most
constexpr const char* kDeep = "a/a/a/a/a/a/a";  // more folders than those lead out of
constexpr size_t kLongestStem = 60;

using Files = std::map<std::string, std::string>;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string ending(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : lower(name.substr(dot));
}

bool is_markup(std::string_view name) {
  const std::string e = ending(name);
  return e == ".xml" || e == ".urdf" || e == ".mjcf";
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

int steps_upwards(std::string_view path) {
  int depth = 0, least = 0;
  while (true) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part == "..") least = std::min(least, --depth);
    else if (!part.empty() && part != ".") ++depth;
    if (end == path.size()) return -least;
    path.remove_prefix(end + 1);
  }
}

// The file of the archive whose path ends like the reference, relative to `folder`; a name that does not exist otherwise.
std::string inside(std::string_view reference, const std::string& folder, const Files& files) {
  for (std::string_view tail = reference; !tail.empty();) {
    for (const auto& [name, bytes] : files) {
      if (name == tail || (name.size() > tail.size() && name.ends_with(tail) && name[name.size() - tail.size() - 1] == '/')) {
        return fs::path(name).lexically_relative(folder.empty() ? fs::path(".") : fs::path(folder)).generic_string();
      }
    }
    const size_t slash = tail.find('/');
    if (slash == std::string_view::npos) break;
    tail.remove_prefix(slash + 1);
  }
  return "missing/" + upload_stem(reference) + ending(reference);
}

// One attribute's value as it may be stored.
std::string settled(const std::string& value, const std::string& folder, const Files& files) {
  for (const std::string scheme : {"package://", "file://", "model://"}) {
    if (value.starts_with(scheme)) return inside(std::string_view(value).substr(scheme.size()), folder, files);
  }
  const auto refuse = [&] { throw Refusal("outside", "it refers to '" + value.substr(0, 80) + "', outside its own folder"); };
  const std::string plain = value.substr(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
  if (has(plain, "&#") || has(plain, "\\") || has(lower(plain), "package:") || has(lower(plain), "file:")) refuse();
  if (plain.starts_with("/") || plain.starts_with("~") || (plain.size() > 2 && plain[1] == ':' && plain[2] == '/')) refuse();
  if (steps_upwards(plain) > kMostUpwards) refuse();
  return value;
}

// Every quoted value behind an equals sign; comments and text in between are copied as they are.
std::string settle_references(const std::string& text, const std::string& folder, const Files& files) {
  if (has(lower(text), "<!doctype") || has(lower(text), "<!entity")) throw Refusal("malformed", "it declares a document type");
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t equals = text.find('=', at);
    if (equals == std::string::npos) return out + text.substr(at);
    const size_t quote = text.find_first_not_of(" \t\r\n", equals + 1);
    if (quote == std::string::npos || (text[quote] != '"' && text[quote] != '\'')) {
      out.append(text, at, equals + 1 - at);
      at = equals + 1;
      continue;
    }
    const size_t end = text.find(text[quote], quote + 1);
    if (end == std::string::npos) return out + text.substr(at);
    out.append(text, at, quote + 1 - at);
    out += settled(text.substr(quote + 1, end - quote - 1), folder, files);
    out += text[end];
    at = end + 1;
  }
  return out;
}

size_t count_of(std::string_view text, std::string_view word) {
  size_t n = 0;
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

bool describes_a_robot(std::string_view text) { return (has(text, "<mujoco") || has(text, "<robot")) && has(text, "<joint"); }

// Of several descriptions the one with the most joints; among equals the one that nearest to the top.
std::string robot_of(const Files& files) {
  std::string best;
  std::pair<size_t, long> most{0, 0};
  for (const auto& [name, text] : files) {
    if (!is_markup(name) || !describes_a_robot(text)) continue;
    const std::pair<size_t, long> worth{count_of(text, "<joint"), -std::count(name.begin(), name.end(), '/')};
    if (best.empty() || worth > most) best = name, most = worth;
  }
  return best;
}

Files files_of(std::string_view file_name, std::string_view bytes) {
  if (bytes.size() > kMaxUploadBytes) {
    throw Refusal("too_large", "it has " + std::to_string(bytes.size() >> 20) + " MiB, " + std::to_string(kMaxUploadBytes >> 20) +
                                   " are taken");
  }
  if (ending(file_name) == ".zip" || bytes.starts_with("PK\x03\x04")) {
    try {
      return read_zip(bytes);
    } catch (const core::UserError& error) {
      throw Refusal("bad_zip", error.problem());
    }
  }
  if (!is_markup(file_name)) throw Refusal("not_a_robot", "an .xml, .urdf or .zip file is needed");
  return {{"robot" + (ending(file_name) == ".urdf" ? std::string(".urdf") : std::string(".xml")), std::string(bytes)}};
}

}  // namespace

std::string upload_stem(std::string_view file_name) {
  const size_t slash = file_name.find_last_of("/\\");
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  file_name = file_name.substr(0, file_name.rfind('.'));
  std::string out;
  for (const char c : file_name.substr(0, kLongestStem)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) out += c;
    else if (!out.empty() && out.back() != '_') out += '_';
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "robot" : out;
}

std::string store_upload(std::string_view file_name, std::string_view bytes, const std::string& folder, const std::string& stem) {
  Files files = files_of(file_name, bytes);
  const std::string robot = robot_of(files);
  if (robot.empty())
    throw Refusal(ending(file_name) == ".zip" ? "bad_zip" : "not_a_robot", "no MJCF or URDF robot with joints is in it");
  Files stored;
  for (const auto& [name, content] : files) {
    stored[name] = is_markup(name) ? settle_references(content, fs::path(name).parent_path().generic_string(), files) : content;
  }
  const fs::path root = fs::path(folder) / kDeep;
  fs::path path;
  for (const auto& [name, content] : stored) {
    const fs::path place =
        name == robot ? root / fs::path(name).parent_path() / (stem + (ending(name) == ".urdf" ? ".urdf" : ".xml")) : root / name;
    core::make_directories(place.parent_path().string());
    core::write_file(place.string(), content);
    if (name == robot) path = place;
  }
  return path.string();
}

}  // namespace manybody::studio
