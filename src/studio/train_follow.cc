#include "studio/train_follow.h"

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace manybody::studio {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxRead = 4u << 20;        // bytes of metrics.csv in one poll
constexpr uintmax_t kMaxStatus = 64u << 10;  // bytes of status.json

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  while (true) {
    const size_t comma = line.find(',');
    std::string_view cell = line.substr(0, comma);
    while (!cell.empty() && (cell.front() == ' ' || cell.front() == '"')) cell.remove_prefix(1);
    while (!cell.empty() && (cell.back() == ' ' || cell.back() == '"')) cell.remove_suffix(1);
    cells.push_back(cell);
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

std::optional<double> number_of(std::string_view cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_state(const std::string& word) {
  return word == "starting" || word == "running" || word == "finished" || word == "stopped" || word == "failed";
}

bool process_is_gone(int64_t pid) { return pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH; }

// Time stamps of a file, or of everything directly in a folder.
std::string signature_of(const fs::path& path) {
  std::error_code error;
  std::string text;
  const auto add = [&](const fs::path& file) {
    struct stat s;
    if (::stat(file.c_str(), &s) != 0) return;
    text += std::to_string(s.st_ino) + ":" + std::to_string(s.st_size) + ":" + std::to_string(s.st_mtim.tv_sec) + "." +
            std::to_string(s.st_mtim.tv_nsec) + ";";
  };
  if (!fs::is_directory(path, error)) {
    add(path);
    return text;
  }
  std::vector<fs::path> files;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) add(file);
  return text;
}

}  // namespace

void CurveLog::add(const std::string& name, double steps, double value) {
  auto it = curves_.find(name);
  if (it == curves_.end()) {
    if (curves_.size() >= kMaxCurves) return;
    it = curves_.emplace(name, Curve{}).first;
  }
  Curve& c = it->second;
  c.newest = {steps, value};
  if (c.seen++ % c.stride != 0) return;
  c.points.push_back(c.newest);
  if (c.points.size() < kMaxPoints) return;
  for (size_t i = 0; 2 * i < c.points.size(); ++i) c.points[i] = c.points[2 * i];
  c.points.resize((c.points.size() + 1) / 2);
  c.stride *= 2;
}

void CurveLog::add(const Curves& points) {
  for (const auto& [name, list] : points)
    for (const auto& p : list) add(name, p[0], p[1]);
}

Curves CurveLog::all() const {
  Curves out;
  for (const auto& [name, c] : curves_) {
    auto& list = out[name] = c.points;
    if (list.empty() || list.back() != c.newest) list.push_back(c.newest);
  }
  return out;
}

TrainFollow::TrainFollow(std::string run_folder, std::string body, std::string policy_name)
    : folder_(std::move(run_folder)), policy_name_(std::move(policy_name)) {
  fs::path path = fs::path(folder_).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  last_.run = path.filename().string();
  last_.body = std::move(body);
}

std::string TrainFollow::policy_path() const { return (fs::path(folder_) / policy_name_).string(); }

void TrainFollow::set_state(const std::string& state, const std::string& message) {
  forced_state_ = state;
  forced_message_ = message;
}

void TrainFollow::read_header(std::string_view line) {
  columns_.clear();
  for (const std::string_view cell : cells_of(line)) columns_.emplace_back(cell);
  steps_column_ = 0;
  for (size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i] == "steps") steps_column_ = static_cast<int>(i);
}

void TrainFollow::read_line(std::string_view line, Curves& fresh) {
  const auto cells = cells_of(line);
  if (cells.size() != columns_.size()) return;
  const std::optional<double> steps = number_of(cells[static_cast<size_t>(steps_column_)]);
  if (!steps) return;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::optional<double> value = number_of(cells[i]);
    if (!value || static_cast<int>(i) == steps_column_ || columns_[i].empty()) continue;
    log_.add(columns_[i], *steps, *value);
    if (fresh.contains(columns_[i]) || fresh.size() < kMaxCurves) fresh[columns_[i]].push_back({*steps, *value});
  }
}

// A resumed or restarted run may put another file in this one's place, or cut it.
bool TrainFollow::restart_if_replaced() {
  struct stat s;
  if (::stat((fs::path(folder_) / "metrics.csv").c_str(), &s) != 0) return false;
  const bool other = inode_ != 0 && s.st_ino != inode_;
  const bool shorter = static_cast<uint64_t>(s.st_size) < offset_;
  inode_ = s.st_ino;
  if (other || shorter) {
    offset_ = 0;
    columns_.clear();
    log_.clear();
    replaced_ = true;
  }
  return static_cast<uint64_t>(s.st_size) > offset_;
}

bool TrainFollow::read_metrics(Curves& fresh) {
  if (!restart_if_replaced()) return false;
  std::ifstream in(fs::path(folder_) / "metrics.csv", std::ios::binary);
  if (!in.seekg(static_cast<std::streamoff>(offset_))) return false;
  std::string text(kMaxRead, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  const size_t end = text.rfind('\n');
  if (end == std::string::npos) {
    if (text.size() == kMaxRead) offset_ += text.size();  // no line is that long: skip what is no metrics file
    return false;
  }
  offset_ += end + 1;
  std::string_view left(text.data(), end + 1);
  while (!left.empty()) {
    const size_t stop = left.find('\n');
    std::string_view line = left.substr(0, stop);
    left.remove_prefix(stop + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (columns_.empty()) read_header(line);
    else read_line(line, fresh);
  }
  return true;
}

bool TrainFollow::read_status() {
  const fs::path path = fs::path(folder_) / "status.json";
  std::error_code error;
  std::string text;
  if (fs::file_size(path, error) <= kMaxStatus && !error) {
    std::ifstream in(path, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  TrainMessage next = last_;
  const nlohmann::json json = text.empty() ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
  if (json.is_object()) {
    const auto get = [&](const char* key, double& value) {
      if (const auto it = json.find(key); it != json.end() && it->is_number()) value = it->get<double>();
    };
    get("steps", next.steps), get("steps_total", next.steps_total), get("steps_per_s", next.steps_per_s);
    get("seconds", next.seconds), get("seconds_left", next.seconds_left), get("checkpoint_steps", next.checkpoint_steps);
    if (const auto it = json.find("state"); it != json.end() && it->is_string() && is_state(it->get<std::string>())) {
      next.state = it->get<std::string>();
    }
    if (const auto it = json.find("body"); it != json.end() && it->is_string()) next.body = it->get<std::string>();
    if (const auto it = json.find("error"); it != json.end() && it->is_string()) next.message = it->get<std::string>();
    double pid = 0;
    get("pid", pid);
    const bool going = next.state == "running" || next.state == "starting";
    if (going && process_is_gone(static_cast<int64_t>(pid))) next.state = "failed";  // killed: nobody wrote its end
  }
  if (!forced_state_.empty()) next.state = forced_state_, next.message = forced_message_;
  const bool changed = text != status_text_ || next.state != last_.state;
  status_text_ = std::move(text);
  last_ = std::move(next);
  return changed;
}

bool TrainFollow::check_policy() {
  const std::string now = signature_of(policy_path());
  const bool still = now == policy_seen_;
  policy_seen_ = now;
  if (now.empty() || !still || now == policy_reported_) return false;
  policy_reported_ = now;
  return true;
}

TrainFollow::News TrainFollow::poll() {
  News news;
  Curves fresh;
  const bool more = read_metrics(fresh);
  const bool changed = read_status();
  news.new_policy = check_policy();
  if (!more && !changed && !first_) return news;
  TrainMessage message = last_;
  message.whole = first_ || replaced_;
  size_t longest = 0;
  for (const auto& [name, list] : fresh) longest = std::max(longest, list.size());
  if (message.whole || longest > kMaxPoints) {  // after a long pause the thinned whole is smaller than what is new
    message.whole = true;
    message.curves = log_.all();
  } else {
    message.curves = std::move(fresh);
  }
  first_ = replaced_ = false;
  news.message = std::move(message);
  return news;
}

}  // namespace manybody::studio
