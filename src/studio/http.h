// What the server answers to one HTTP request, and to whom it answers at all. No sockets here: plain text in, plain text out.
//
// Reads: method, target and the headers that decide access; files under the page's folder; the list of bodies.
// Writes: Response, or the name of the body whose mesh pack is asked for.
// Method: Host and Origin are checked against DNS rebinding and cross-site requests; a token (constant-time comparison) guards
//         every address but loopback. The page's own requests carry it in a cookie once `/?token=` was opened.
// Limits: GET and HEAD only; files up to 64 MiB, inside the folder, symbolic links out of it refused.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace manybody::studio {

struct Request {
  std::string method, target, host, origin, authorization, cookie, if_none_match;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
};

Response text_response(int status, const std::string& type, std::string body);
Response error_response(int status, const std::string& sentence);  // the page's error message as JSON
// 304 when the client holds it already.
Response tagged_response(Response response, const std::string& etag, const std::string& if_none_match);

class Access {
 public:
  Access() = default;
  // token: "" when none is needed (loopback). origins: further pages that may connect, e.g. "http://localhost:5173".
  Access(bool loopback, int port, std::string token, std::vector<std::string> origins);

  // The refusal, or nothing when the request may be answered. A WebSocket from a browser must come from our own page.
  std::optional<Response> refuse(const Request& request) const;
  // Set-Cookie for a browser that came with `?token=`; "" otherwise.
  std::string cookie_for(const Request& request) const;

 private:
  bool token_fits(const Request& request) const;
  bool loopback_ = true;
  std::string token_, cookie_name_;
  std::vector<std::string> origins_;
};

std::string target_path(std::string_view target);                        // without the query
std::string query_value(std::string_view target, std::string_view key);  // percent-decoded; "" when absent
std::optional<std::string> percent_decode(std::string_view text);        // nothing when malformed
bool same_secret(std::string_view a, std::string_view b);                // time depends on the lengths only
std::string random_token();                                              // 128 random bits, hexadecimal

// The file for a path under root; a page that says how to build the viewer when root has no index.html.
Response serve_file(const std::string& root, const std::string& path, const std::string& if_none_match);

}  // namespace manybody::studio
