// post_json over Boost.Beast: the only file of the room that sees a socket.

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <chrono>

#include "brain/remote.h"
#include "core/error.h"

namespace manybody::brain {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Clock = std::chrono::steady_clock;

// Runs the context until the operation it holds is over; the stream's own expiry ends what takes too long.
void run(asio::io_context& context) {
  context.restart();
  context.run();
}

}  // namespace

std::string post_json(const Endpoint& endpoint, const std::string& key, const std::string& body, double timeout_s,
                      const std::function<void(std::string_view)>& line) {
  const Clock::time_point until = Clock::now() + std::chrono::milliseconds(static_cast<long>(timeout_s * 1000));
  asio::io_context context;
  beast::tcp_stream stream(context);
  beast::error_code error;
  const auto failed = [&]() -> std::string { return error == beast::error::timeout ? "time-out" : error.message(); };
  asio::ip::tcp::resolver resolver(context);
  const auto addresses = resolver.resolve(endpoint.host, endpoint.port, error);
  if (error) return failed();
  stream.expires_at(until);
  stream.async_connect(addresses, [&](beast::error_code e, const asio::ip::tcp::endpoint&) { error = e; });
  run(context);
  if (error) return failed();
  http::request<http::string_body> request{http::verb::post, endpoint.path + "/chat/completions", 11};
  request.set(http::field::host, endpoint.host + ":" + endpoint.port);
  request.set(http::field::content_type, "application/json");
  request.set(http::field::accept, "text/event-stream");
  if (!key.empty()) request.set(http::field::authorization, "Bearer " + key);
  request.body() = body;
  request.prepare_payload();
  http::async_write(stream, request, [&](beast::error_code e, size_t) { error = e; });
  run(context);
  if (error) return failed();
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(8u << 20);
  http::async_read_header(stream, buffer, parser, [&](beast::error_code e, size_t) { error = e; });
  run(context);
  if (error) return failed();
  if (parser.get().result_int() != 200) return "status " + std::to_string(parser.get().result_int());
  size_t given = 0;
  const auto give_lines = [&](bool all) {
    std::string& text = parser.get().body();
    for (;;) {
      const size_t end = text.find('\n', given);
      if (end == std::string::npos && !(all && given < text.size())) return;
      std::string_view one(text.data() + given, (end == std::string::npos ? text.size() : end) - given);
      given = end == std::string::npos ? text.size() : end + 1;
      while (!one.empty() && (one.back() == '\r' || one.back() == ' ')) one.remove_suffix(1);
      if (!one.empty() && one.front() != ':') line(one);
    }
  };
  while (!parser.is_done()) {
    http::async_read_some(stream, buffer, parser, [&](beast::error_code e, size_t) { error = e; });
    run(context);
    if (error && error != http::error::end_of_stream) return failed();
    give_lines(false);
    if (error) break;
  }
  give_lines(true);
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_both, error);
  return "";
}

}  // namespace manybody::brain
