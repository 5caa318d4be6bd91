#include "collector/docker/client.h"

#include <fmt/format.h>

namespace da::docker {
namespace {

constexpr std::uint64_t kMaxSmallReply = std::uint64_t{256} << 10;

// {"type":["container"],"event":["create","start","die","destroy","rename","exec_start"]}, as a URL needs it:
// what container_set acts on. The daemon matches exec_start as a prefix: the action goes on with the command.
constexpr std::string_view kEventFilter =
    "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22create%22%2C%22start%22%2C%22die%22%2C%"
    "22destroy%22%2C"
    "%22rename%22%2C%22exec_start%22%5D%7D";

tl::unexpected<Error> unexpected_status(const std::string& target, const HttpReply& reply) {
  constexpr std::size_t kShown = 200;  // Docker explains itself: {"message": ...}
  return fail(fmt::format("GET {}: status {}: {}", target, reply.status, reply.body.substr(0, kShown)));
}

}  // namespace

asio::awaitable<Result<std::string>> Client::negotiate() {
  const auto body = co_await get_ok("/version", kMaxSmallReply);
  if (!body) co_return tl::unexpected(body.error());
  auto version = parse_version(*body);
  if (version) prefix_ = "/v" + *version;
  co_return version;
}

asio::awaitable<Result<>> Client::ping() {
  const auto body = co_await get_ok("/_ping", kMaxSmallReply);
  if (!body) co_return tl::unexpected(body.error());
  co_return Result<>();
}

asio::awaitable<Result<std::vector<ListedContainer>>> Client::list_all() {
  const auto body = co_await get_ok(prefix_ + "/containers/json?all=1", kMaxListBytes);
  if (!body) co_return tl::unexpected(body.error());
  co_return parse_list(*body);
}

asio::awaitable<Result<std::optional<ListedContainer>>> Client::list_one(std::string id) {
  // filters={"id":["..."]}, as a URL needs it.
  const std::string target =
      fmt::format("{}/containers/json?all=1&filters=%7B%22id%22%3A%5B%22{}%22%5D%7D", prefix_, id);
  const auto body = co_await get_ok(target, kMaxInspectBytes);
  if (!body) co_return tl::unexpected(body.error());
  const auto list = parse_list(*body);
  if (!list) co_return tl::unexpected(list.error());
  if (list->empty()) co_return std::optional<ListedContainer>();
  if (list->size() > 1 || list->front().container.id != id)
    co_return fail("docker list reply about another container");
  co_return std::optional<ListedContainer>(list->front());
}

asio::awaitable<Result<std::optional<ContainerState>>> Client::inspect(std::string id) {
  const std::string target = fmt::format("{}/containers/{}/json", prefix_, id);
  const auto reply = co_await http_.get(target, deadline_, kMaxInspectBytes);
  if (!reply) co_return tl::unexpected(reply.error());
  if (reply->status == 404) co_return std::optional<ContainerState>();
  if (reply->status != 200) co_return unexpected_status(target, *reply);
  auto state = parse_inspect(reply->body);
  if (!state) co_return tl::unexpected(state.error());
  if (state->container.id != id) co_return fail("docker inspect reply about another container");
  co_return std::optional<ContainerState>(std::move(*state));
}

asio::awaitable<Result<std::unique_ptr<EventStream>>> Client::events(std::int64_t since_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::string target = fmt::format("{}/events?since={}.{:09}&filters={}", prefix_, since_ns / kSecond,
                                         since_ns % kSecond, kEventFilter);
  auto body = co_await http_.open(target, deadline_);
  if (!body) co_return tl::unexpected(body.error());
  co_return std::make_unique<EventStream>(std::move(*body));
}

asio::awaitable<Result<std::string>> Client::get_ok(std::string target, std::uint64_t limit) {
  auto reply = co_await http_.get(target, deadline_, limit);
  if (!reply) co_return tl::unexpected(reply.error());
  if (reply->status != 200) co_return unexpected_status(target, *reply);
  co_return std::move(reply->body);
}

asio::awaitable<Result<DockerEvent>> EventStream::next() {
  while (true) {
    while (const auto line = lines_.next()) {
      auto event = parse_event(*line);
      if (!event) co_return tl::unexpected(event.error());
      if (*event) co_return std::move(**event);
    }
    if (lines_.overflowed())
      co_return fail(fmt::format("docker event of more than {} bytes", kMaxEventBytes));
    const auto piece = co_await body_->read();
    if (!piece) co_return tl::unexpected(piece.error());
    lines_.feed(*piece);
  }
}

}  // namespace da::docker
