#include "common/redis/redis_config.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/redis/tls.h"

namespace da {
namespace {

redis::TlsOptions read_tls(Section section) {
  redis::TlsOptions tls;
  tls.ca_file = section.string("ca_file", "");
  tls.certificate_file = section.string("certificate_file", "");
  tls.key_file = section.string("key_file", "");
  tls.server_name = section.string("server_name", "");
  section.done();
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    throw section.error(tls.key_file.empty() ? "certificate_file" : "key_file",
                        "certificate_file and key_file go together");
  }
  // A mistake shows at the start rather than at a connection some day. What is wrong is asked for one by one.
  redis::TlsOptions authority;
  authority.ca_file = tls.ca_file;
  if (const auto context = redis::make_tls_context(authority); !context)
    throw section.error("ca_file", context.error().message());
  if (const auto context = redis::make_tls_context(tls); !context)
    throw section.error("certificate_file", context.error().message());
  return tls;
}

/// What all nodes have in common.
struct Access {
  redis::Credentials credentials;
  int database = 0;
  std::optional<redis::TlsOptions> tls;
};

redis::Endpoint read_url(Section& section, std::string_view fallback, const Access& access) {
  auto endpoint = redis::Endpoint::from(section.string("url", fallback), access.credentials, access.database,
                                        access.tls.value_or(redis::TlsOptions{}));
  if (!endpoint) throw section.error("url", endpoint.error().message());
  return *std::move(endpoint);
}

redis::Node read_node(Section section, std::uint16_t shard_count, const Access& access) {
  if (!section.has("url")) throw section.error("url", "missing");
  if (!section.has("shards")) throw section.error("shards", "missing");
  auto endpoint = read_url(section, "", access);
  auto shards = redis::parse_shards(section.string("shards", ""), shard_count);
  if (!shards) throw section.error("shards", shards.error().message());
  if (shards->empty()) throw section.error("shards", "empty");
  section.done();
  return {std::move(endpoint), *std::move(shards)};
}

/// The first shard that is in several nodes, or in none.
void check_table(const Section& section, const redis::Nodes& nodes, std::uint16_t shard_count) {
  std::vector<int> holders(shard_count, 0);
  for (const redis::Node& node : nodes) {
    for (const std::uint16_t shard : node.shards)
      ++holders[shard];
  }
  for (std::uint16_t shard = 0; shard < shard_count; ++shard) {
    if (holders[shard] > 1) throw section.error("nodes", fmt::format("shard {} is in several nodes", shard));
    if (holders[shard] == 0) throw section.error("nodes", fmt::format("shard {} is in no node", shard));
  }
}

}  // namespace

redis::Nodes read_redis_config(Section section, std::uint16_t shard_count) {
  Access access;
  access.credentials.username = section.string("username", "");
  access.credentials.password = section.secret("password", "DOCKER_ANOMALIES_REDIS_PASSWORD").value_or("");
  access.database = static_cast<int>(section.integer("database", 0, 0, 1023));
  if (section.has("tls")) access.tls = read_tls(section.section("tls"));

  redis::Nodes nodes;
  for (Section& node : section.sections("nodes"))
    nodes.push_back(read_node(std::move(node), shard_count, access));
  if (nodes.empty()) {
    if (section.has("nodes")) throw section.error("nodes", "empty");
    nodes = redis::one_node(read_url(section, "unix:///run/redis/redis.sock", access), shard_count);
  } else {
    if (section.has("url")) throw section.error("url", "url and nodes exclude each other");
    check_table(section, nodes, shard_count);
  }
  const auto is_secure = [](const redis::Node& node) { return node.endpoint.tls().has_value(); };
  if (access.tls && std::ranges::none_of(nodes, is_secure))
    throw section.error("tls", "counts for a tls:// url only");
  section.done();
  return nodes;
}

}  // namespace da
