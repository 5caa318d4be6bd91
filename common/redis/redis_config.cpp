#include "common/redis/redis_config.h"

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

}  // namespace

redis::Endpoint read_redis_config(Section section) {
  const auto url = section.string("url", "unix:///run/redis/redis.sock");
  redis::Credentials credentials;
  credentials.username = section.string("username", "");
  credentials.password = section.secret("password", "DOCKER_ANOMALIES_REDIS_PASSWORD").value_or("");
  const auto database = section.integer("database", 0, 0, 1023);
  redis::TlsOptions tls;
  const bool has_tls = section.has("tls");
  if (has_tls) tls = read_tls(section.section("tls"));
  auto endpoint =
      redis::Endpoint::from(url, std::move(credentials), static_cast<int>(database), std::move(tls));
  if (!endpoint) throw section.error("url", endpoint.error().message());
  if (has_tls && !endpoint->tls()) throw section.error("tls", "counts for a tls:// url only");
  section.done();
  return *std::move(endpoint);
}

}  // namespace da
