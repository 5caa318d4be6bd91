// Which handler answers which method and path.
//
// Filled by who serves something, used by http_connection.
//
//   HttpRoutes routes;
//   routes.get("/metrics", [this](const HttpRequest&) { return HttpReply::text(page()); });
//   routes.get("/static/*", [](const HttpRequest& request) { return file(request.rest); });
//   routes.post("/alerts/*", [this](HttpRequest request) -> asio::awaitable<HttpReply> {
//     co_await redis_.command(...);
//     co_return HttpReply::status(202);
//   }, {.longest_body = 4096});
//
// A path is compared as it came. One that is there with another method is answered with 405. Who may ask is
// the handlers' affair.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/asio.h"
#include "common/http/http_message.h"

namespace da {

/// A coroutine on the server's executor; it bounds its own time. What it throws becomes a 500 and a log line.
/// It owns the request.
using HttpHandler = std::function<asio::awaitable<HttpReply>(HttpRequest request)>;
/// One that has nothing to wait for.
using HttpFunction = std::function<HttpReply(const HttpRequest& request)>;

struct PostOptions {
  std::size_t longest_body = 65'536;  ///< more is answered with 413
};

class HttpRoutes {
 public:
  /// A path that ends with '*' stands for all that begin so; of several the longest counts, and one without
  /// before all. HEAD is answered like GET.
  void get(std::string_view path, HttpHandler handler);
  void get(std::string_view path, HttpFunction handler);
  void post(std::string_view path, HttpHandler handler, PostOptions options = {});
  void post(std::string_view path, HttpFunction handler, PostOptions options = {});

  struct Found {
    const HttpHandler* handler = nullptr;  ///< null: `allow` tells what there is; empty, nothing
    std::size_t longest_body = 0;
    std::string allow;  ///< "GET, HEAD", "POST", "GET, HEAD, POST"
    std::string rest;   ///< in place of the '*'
  };
  /// `method`: as it came, in capitals.
  [[nodiscard]] Found find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    HttpHandler get;
    HttpHandler post;
    std::size_t longest_body = 0;
  };
  std::map<std::string, Route, std::less<>> routes_;  ///< by path, with its '*'
};

}  // namespace da
