#include "common/http/http_routes.h"

#include <utility>

namespace da {
namespace {

asio::awaitable<HttpReply> call(const HttpFunction& function, HttpRequest request) {
  co_return function(request);
}

/// The coroutine refers to `function`, which lives in the routes as long as the server does.
HttpHandler as_handler(HttpFunction function) {
  auto kept = std::make_shared<const HttpFunction>(std::move(function));
  return [kept](HttpRequest request) { return call(*kept, std::move(request)); };
}

}  // namespace

void HttpRoutes::get(std::string_view path, HttpHandler handler) {
  routes_[std::string(path)].get = std::move(handler);
}

void HttpRoutes::get(std::string_view path, HttpFunction handler) {
  get(path, as_handler(std::move(handler)));
}

void HttpRoutes::post(std::string_view path, HttpHandler handler, PostOptions options) {
  Route& route = routes_[std::string(path)];
  route.post = std::move(handler);
  route.longest_body = options.longest_body;
}

void HttpRoutes::post(std::string_view path, HttpFunction handler, PostOptions options) {
  post(path, as_handler(std::move(handler)), options);
}

HttpRoutes::Found HttpRoutes::find(std::string_view method, std::string_view path) const {
  const Route* route = nullptr;
  Found found;
  if (const auto exact = routes_.find(path); exact != routes_.end() && !path.ends_with('*')) {
    route = &exact->second;
  } else {
    std::size_t longest = 0;
    for (const auto& [pattern, candidate] : routes_) {
      const std::string_view begin = std::string_view(pattern).substr(0, pattern.size() - 1);
      if (!pattern.ends_with('*') || !path.starts_with(begin) || pattern.size() <= longest) continue;
      longest = pattern.size();
      route = &candidate;
      found.rest = path.substr(begin.size());
    }
  }
  if (route == nullptr) return found;
  if (route->get) found.allow = "GET, HEAD";
  if (route->post) found.allow += found.allow.empty() ? "POST" : ", POST";
  if ((method == "GET" || method == "HEAD") && route->get) found.handler = &route->get;
  if (method == "POST" && route->post) {
    found.handler = &route->post;
    found.longest_body = route->longest_body;
  }
  return found;
}

}  // namespace da
