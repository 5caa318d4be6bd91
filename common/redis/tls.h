// TLS to Redis: whom we trust, who we are, and the checks before the first byte.
//
// The options are part of an Endpoint ("tls://host:port"); Connection makes a context of them at each
// connect, so that certificates which were renewed on disk are used from the next connection on.
//
//   auto context = redis::make_tls_context(options);          // Result<std::shared_ptr<ssl::context>>
#pragma once

#include <memory>
#include <string>

#include "common/result.h"

namespace boost::asio::ssl {
class context;
}

namespace da::redis {

struct TlsOptions {
  std::string ca_file;           ///< PEM; empty: the system's authorities
  std::string certificate_file;  ///< PEM chain that Redis may ask for; empty: none
  std::string key_file;          ///< PEM, of the certificate
  std::string server_name;       ///< to be sent and verified instead of the address's host; empty: the host
};

/// TLS 1.2 or later, the other end's certificate verified. The error names the file that is wrong.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsOptions& options);

}  // namespace da::redis
