#include "common/redis/nodes.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/split.h"

namespace da::redis {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::optional<std::uint16_t> parse_shard(std::string_view text) {
  text = trimmed(text);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<std::uint16_t> all_shards(std::uint16_t shard_count) {
  std::vector<std::uint16_t> all(shard_count);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  return all;
}

Nodes one_node(Endpoint endpoint, std::uint16_t shard_count) {
  Nodes nodes;
  nodes.push_back({std::move(endpoint), all_shards(shard_count)});
  return nodes;
}

Result<std::vector<std::uint16_t>> parse_shards(std::string_view text, std::uint16_t shard_count) {
  std::vector<std::uint16_t> shards;
  for (const std::string_view part : split(text, ',')) {
    const auto dash = part.find('-');
    const auto first = parse_shard(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_shard(part.substr(dash + 1));
    if (!first || !last)
      return fail(fmt::format("expected shards like \"0-7, 12\", got \"{}\"", trimmed(part)));
    if (*last >= shard_count)
      return fail(fmt::format("there are {} shards, from 0 on; no {}", shard_count, *last));
    if (*first > *last || (!shards.empty() && *first <= shards.back()))
      return fail(fmt::format("shards must be in ascending order: \"{}\"", trimmed(part)));
    for (std::uint16_t shard = *first; shard <= *last; ++shard)
      shards.push_back(shard);
  }
  return shards;
}

std::string describe_shards(const std::vector<std::uint16_t>& shards) {
  std::string text;
  for (std::size_t i = 0; i < shards.size();) {
    std::size_t end = i + 1;
    while (end < shards.size() && shards[end] == shards[end - 1] + 1)
      ++end;
    if (!text.empty()) text += ", ";
    text += end - i == 1 ? fmt::format("{}", shards[i]) : fmt::format("{}-{}", shards[i], shards[end - 1]);
    i = end;
  }
  return text;
}

std::string shard_table(std::uint16_t shard_count, const std::vector<std::uint16_t>& shards) {
  if (shards.size() == shard_count) return std::to_string(shard_count);
  return fmt::format("{}: {}", shard_count, describe_shards(shards));
}

std::string disagreement(std::string_view theirs, std::string_view ours) {
  const auto in_words = [](std::string_view table) {
    const auto colon = table.find(": ");
    if (colon == std::string_view::npos) return fmt::format("{} shards", table);
    return fmt::format("shards {} of {}", table.substr(colon + 2), table.substr(0, colon));
  };
  return fmt::format(
      "redis holds the state of {}, and this program is set up for {}: `shards` and `redis.nodes` must be "
      "the same in every collector and analyzer, or redis empty",
      in_words(theirs), in_words(ours));
}

const Endpoint& endpoint_of(const Nodes& nodes, std::uint16_t shard) {
  const auto found = std::ranges::find_if(
      nodes, [&](const Node& node) { return std::ranges::find(node.shards, shard) != node.shards.end(); });
  return (found == nodes.end() ? nodes.front() : *found).endpoint;
}

std::string describe(const Nodes& nodes) {
  std::string text;
  for (const Node& node : nodes) {
    if (!text.empty()) text += ", ";
    text += node.endpoint.describe();
  }
  return text;
}

}  // namespace da::redis
