#include "studio/http.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

#include "core/error.h"
#include "studio/messages.h"

namespace manybody::studio {
namespace fs = std::filesystem;
namespace {

constexpr uintmax_t kMaxFile = 64u << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// "localhost:8080" → "localhost"; "[::1]:8080" → "[::1]".
std::string host_name(std::string_view authority) {
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return lower(authority.substr(0, colon));
}

bool is_loopback_name(const std::string& name) { return name == "localhost" || name == "127.0.0.1" || name == "[::1]"; }

std::string cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=') {
      return std::string(one.substr(name.size() + 1));
    }
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return "";
}

const char* mime_type(const std::string& extension) {
  static const std::map<std::string, const char*> types = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".wasm", "application/wasm"},
      {".woff2", "font/woff2"},
      {".glb", "model/gltf-binary"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
      {".hdr", "application/octet-stream"},
  };
  const auto it = types.find(lower(extension));
  return it == types.end() ? "application/octet-stream" : it->second;
}

// The page shown when the viewer is not built: both languages, because nothing has asked for one yet.
const char* kNoPage = R"(<!doctype html><html lang="en"><meta charset="utf-8"><title>manybody</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 1rem;color:#222}
code{background:#eee;padding:.1em .4em;border-radius:4px}</style>
<h1>The viewer is not built yet</h1>
<p>The server runs, but the page's files are missing. Build them in the project's folder, then reload:</p>
<p><code>make page</code></p>
<h1 lang="zh">网页尚未构建</h1>
<p lang="zh">服务器已在运行，但缺少网页文件。请在项目目录中执行 <code>make page</code>，然后刷新本页。</p></html>
)";

// One path segment after another: nothing hidden, nothing that climbs.
bool is_safe_path(const std::string& path) {
  if (path.empty() || path.front() != '/') return false;
  std::stringstream parts(path.substr(1));
  for (std::string part; std::getline(parts, part, '/');) {
    if (part.empty() || part.front() == '.') return false;
    for (const char c : part)
      if (c == '\\' || c == '\0' || static_cast<unsigned char>(c) < 32) return false;
  }
  return true;
}

bool lies_inside(const fs::path& file, const fs::path& root) {
  const auto [end, ignored] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  return end == root.end();
}

}  // namespace

Response text_response(int status, const std::string& type, std::string body) {
  Response r;
  r.status = status;
  r.headers = {{"Content-Type", type}, {"Cache-Control", "no-cache"}};
  r.body = std::make_shared<const std::string>(std::move(body));
  return r;
}

Response error_response(int status, const std::string& sentence) {
  std::string body = error_json(sentence, false);
  return text_response(status, "application/json", std::move(body));
}

Response tagged_response(Response response, const std::string& etag, const std::string& if_none_match) {
  response.headers.emplace_back("ETag", etag);
  if (!if_none_match.empty() && (if_none_match == "*" || if_none_match.find(etag) != std::string::npos)) {
    response.status = 304;
    response.body = std::make_shared<const std::string>();
    std::erase_if(response.headers, [](const auto& h) { return h.first == "Content-Type" || h.first == "Content-Encoding"; });
  }
  return response;
}

Access::Access(bool loopback, int port, std::string token, std::vector<std::string> origins)
    : loopback_(loopback),
      token_(std::move(token)),
      cookie_name_("manybody_" + std::to_string(port)),
      origins_(std::move(origins)) {
  for (std::string& o : origins_) o = lower(o);
}

bool Access::token_fits(const Request& request) const {
  if (token_.empty()) return true;
  const std::string_view bearer = "Bearer ";
  const bool header = request.authorization.starts_with(bearer) &&
                      same_secret(std::string_view(request.authorization).substr(bearer.size()), token_);
  const bool query = same_secret(query_value(request.target, "token"), token_);
  const bool cookie = same_secret(cookie_value(request.cookie, cookie_name_), token_);
  return header || query || cookie;
}

std::optional<Response> Access::refuse(const Request& request) const {
  // Host: a foreign page can make its own name point to 127.0.0.1, but it cannot choose this header's text.
  if (loopback_ && !is_loopback_name(host_name(request.host))) {
    return error_response(403, "this server answers only to localhost");
  }
  if (!request.origin.empty()) {
    const std::string origin = lower(request.origin), own = lower(request.host);
    const bool ours = !own.empty() && (origin == "http://" + own || origin == "https://" + own);
    if (!ours && std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) {
      return error_response(403, "requests from another site are refused");
    }
  }
  if (!token_fits(request)) {
    Response r = error_response(401, "a token is needed: open the address that the server printed when it started");
    r.headers.emplace_back("WWW-Authenticate", "Bearer");
    return r;
  }
  return std::nullopt;
}

std::string Access::cookie_for(const Request& request) const {
  if (token_.empty() || !same_secret(query_value(request.target, "token"), token_)) return "";
  return cookie_name_ + "=" + token_ + "; HttpOnly; SameSite=Strict; Path=/";
}

std::string target_path(std::string_view target) { return std::string(target.substr(0, target.find_first_of("?#"))); }

std::string query_value(std::string_view target, std::string_view key) {
  const size_t mark = target.find('?');
  if (mark == std::string_view::npos) return "";
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    if (one.size() > key.size() && one.starts_with(key) && one[key.size()] == '=') {
      return percent_decode(one.substr(key.size() + 1)).value_or("");
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return "";
}

std::optional<std::string> percent_decode(std::string_view text) {
  const auto hex = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]);
  }
  return difference == 0;
}

std::string random_token() {
  std::array<unsigned char, 16> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw core::UserError("token", "the system has no random numbers", "a token of your own with --token");
  }
  std::string text;
  for (const unsigned char b : bytes) text += "0123456789abcdef"[b >> 4], text += "0123456789abcdef"[b & 15];
  return text;
}

Response serve_file(const std::string& root, const std::string& path, const std::string& if_none_match) {
  std::error_code error;
  const fs::path base = fs::canonical(root, error);
  const bool built = !error && fs::is_regular_file(base / "index.html", error);
  const std::string wanted = path == "/" ? "/index.html" : path;
  if (!built && wanted == "/index.html") return text_response(200, "text/html; charset=utf-8", kNoPage);
  const std::optional<std::string> decoded = percent_decode(wanted);
  if (!built || !decoded || !is_safe_path(*decoded)) return error_response(404, "there is no such page");
  const fs::path file = fs::canonical(base / decoded->substr(1), error);
  if (error || !lies_inside(file, base) || !fs::is_regular_file(file, error)) return error_response(404, "there is no such page");
  const uintmax_t size = fs::file_size(file, error);
  const auto stamp = fs::last_write_time(file, error).time_since_epoch().count();
  if (error || size > kMaxFile) return error_response(404, "there is no such page");

  Response r;
  r.headers = {{"Content-Type", mime_type(file.extension().string())}};
  // Vite names what lies in assets/ by content, so a copy never grows old.
  const bool hashed = decoded->starts_with("/assets/");
  r.headers.emplace_back("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  std::stringstream tag;
  tag << '"' << std::hex << size << '-' << stamp << '"';
  r = tagged_response(std::move(r), tag.str(), if_none_match);
  if (r.status == 304) return r;
  std::string body(size, '\0');
  std::ifstream in(file, std::ios::binary);
  if (!in.read(body.data(), static_cast<std::streamsize>(size))) return error_response(500, "the page's file cannot be read");
  r.body = std::make_shared<const std::string>(std::move(body));
  return r;
}

}  // namespace manybody::studio
