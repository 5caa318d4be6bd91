#include "common/redis/tls.h"

#include <boost/asio/ssl/context.hpp>

#include "common/asio.h"

namespace da::redis {

Result<std::shared_ptr<asio::ssl::context>> make_tls_context(const TlsOptions& options) {
  namespace ssl = asio::ssl;
  const auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  error_code code;
  const auto failed = [&](const std::string& doing) { return fail(std::error_code(code), doing); };
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                           ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                       code);
  if (code) return failed("set up TLS");
  context->set_verify_mode(ssl::verify_peer, code);
  if (code) return failed("set up TLS");
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(code);
    if (code) return failed("use the system's certificate authorities");
  } else {
    context->load_verify_file(options.ca_file, code);
    if (code) return failed("read the certificate authority " + options.ca_file);
  }
  if (options.certificate_file.empty()) return context;
  context->use_certificate_chain_file(options.certificate_file, code);
  if (code) return failed("read the certificate " + options.certificate_file);
  context->use_private_key_file(options.key_file, ssl::context::pem, code);
  if (code) return failed("read the key " + options.key_file + " (it must be that of the certificate)");
  return context;
}

}  // namespace da::redis
