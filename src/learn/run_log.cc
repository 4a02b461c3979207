#include "learn/run_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace manybody::learn {
namespace {

double wall_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (c == by) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// Whole lines only: a killed run may have left half a line.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();
  return lines;
}

std::string column_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ',' || c == '\n' || c == '"'; }, '_');
  return name;
}

std::string joined(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += (i ? "," : "") + cells[i];
  return line + "\n";
}

}  // namespace

std::string make_run_folder(const std::string& root, const std::string& experiment) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d_%H-%M-%S", &local);
  const std::string base = root + "/" + experiment;
  core::make_directories(base);
  for (int i = 1;; ++i) {
    const std::string folder = base + "/" + text + (i > 1 ? fmt::format("_{}", i) : "");
    std::error_code error;
    if (std::filesystem::create_directory(folder, error)) return folder;
    if (error) throw core::UserError(folder, "cannot be created: " + error.message(), "a folder that can be written");
  }
}

RunLog::RunLog(const std::string& folder, const std::string& config_toml, std::optional<int64_t> resumed_at) : folder_(folder) {
  for (const std::string& path : {folder, checkpoint_folder(), policy_folder()}) core::make_directories(path);
  if (!config_toml.empty()) core::write_file(folder + "/config.toml", config_toml);
  if (core::file_exists(metrics_path())) keep_rows_until(resumed_at.value_or(-1));
  events_.emplace(folder, wall_time(), resumed_at.value_or(-1));
}

void RunLog::keep_rows_until(int64_t steps) {
  const std::vector<std::string> lines = lines_of(core::read_file(metrics_path()));
  if (lines.empty()) return;
  columns_ = split(lines[0], ',');
  std::string kept = lines[0] + "\n";
  for (size_t i = 1; i < lines.size(); ++i) {
    if (std::strtoll(lines[i].c_str(), nullptr, 10) <= steps) kept += lines[i] + "\n";
  }
  core::write_file(metrics_path(), kept);
  csv_.emplace(metrics_path());
}

void RunLog::rewrite_with(const std::vector<std::string>& columns) {
  std::string text = joined(columns);
  if (csv_) {
    const std::string empty(columns.size() - columns_.size(), ',');
    const std::vector<std::string> lines = lines_of(core::read_file(metrics_path()));
    for (size_t i = 1; i < lines.size(); ++i) text += lines[i] + empty + "\n";
  }
  core::write_file(metrics_path(), text);
  columns_ = columns;
  csv_.emplace(metrics_path());
}

void RunLog::add(int64_t steps, double seconds, std::span<const Scalar> values) {
  std::vector<std::string> columns = columns_;
  if (columns.empty()) columns = {"steps", "seconds"};
  std::vector<std::string> cells(columns.size());
  cells[0] = fmt::format("{}", steps), cells[1] = fmt::format("{:.3f}", seconds);
  for (const auto& [name, value] : values) {
    const std::string column = column_name(name);
    size_t at = static_cast<size_t>(std::find(columns.begin() + 2, columns.end(), column) - columns.begin());
    if (at == columns.size()) columns.push_back(column), cells.emplace_back();
    cells[at] = std::isfinite(value) ? fmt::format("{:.7g}", value) : "";
  }
  if (columns.size() != columns_.size()) rewrite_with(columns);
  csv_->append(joined(cells));
  events_->add(wall_time(), steps, values);
}

void RunLog::write_status(const Status& s) const {
  const nlohmann::ordered_json json{{"state", s.state},
                                    {"body", s.body},
                                    {"steps", s.steps},
                                    {"steps_total", s.steps_total},
                                    {"steps_per_s", s.steps_per_s},
                                    {"seconds", s.seconds},
                                    {"seconds_left", s.seconds_left},
                                    {"checkpoint_steps", s.checkpoint_steps},
                                    {"error", s.error}};
  core::write_file(folder_ + "/status.json", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace manybody::learn
