// A request to a small HTTP server and the reply to it, as values: no sockets, no Beast.
//
// Made and sent by http_connection, seen by the handlers of HttpRoutes.
//
//   HttpReply handle(const HttpRequest& request) {
//     if (request.header("authorization") != "Bearer " + token) return HttpReply::status(401);
//     HttpReply reply = HttpReply::text("hello\n");
//     reply.set("Cache-Control", "max-age=60");
//     return reply;
//   }
//
// All of a request is hostile text of bounded length.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace da {

class EventQueue;

enum class HttpMethod : std::uint8_t { get, post };

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  HttpMethod method = HttpMethod::get;  ///< a HEAD is handled as a GET, and its body not sent
  std::string path;                     ///< as it came, nothing decoded: "/alerts/a-1"
  std::string query;                    ///< behind the '?', as it came
  std::string rest;                     ///< of a route that ends with '*': what stands in its place
  HttpHeaders headers;
  std::string body;
  std::string peer;  ///< numeric address of the other end, which may be a proxy's

  /// Whatever its case. Empty if it is absent, and also if it is there more than once: what a proxy put in
  /// front must not be taken for what its client did.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// The first value of that name in the query, decoded ('+' is a space). Nothing if it is absent or
  /// malformed.
  [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;
};

/// "%41+b" -> "A b", as in queries and in bodies of forms. Nothing for a malformed escape.
[[nodiscard]] std::optional<std::string> decode_form_text(std::string_view text);

struct HttpReply {
  unsigned status_code = 200;
  std::string content_type = "text/plain; charset=utf-8";
  HttpHeaders headers;
  std::shared_ptr<const std::string>
      body;                            ///< null: empty. Shared, so that a page can be kept and sent again
  std::shared_ptr<EventQueue> events;  ///< set: server-sent events, for as long as both ends want

  [[nodiscard]] static HttpReply text(std::string text,
                                      std::string content_type = "text/plain; charset=utf-8");
  /// With the status' own words as its text: "Not Found".
  [[nodiscard]] static HttpReply status(unsigned code);
  /// See EventQueue.
  [[nodiscard]] static HttpReply event_stream(std::shared_ptr<EventQueue> events);

  /// Adds a header, or replaces one. Precondition: neither name nor value holds a control character; a reply
  /// with one is not sent, but a 500.
  void set(std::string_view name, std::string value);
};

}  // namespace da
