// A certificate authority and a server certificate for 127.0.0.1 and localhost, made by the openssl tool.
//
//   TestCertificates tls;          // tls.ca(), tls.cert(), tls.key(): PEM files
#pragma once

#include <string>

#include "tests/support/smtp_server.h"

namespace da::test {

class TestCertificates {
 public:
  TestCertificates() {
    const std::string in_dir = "cd " + directory_.path() + " && ";
    made_ = run(
        in_dir +
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=test CA' "
        "-keyout ca.key -out ca.pem 2>/dev/null && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' "
        "-keyout server.key -out server.csr 2>/dev/null && "
        "printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san && "
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san "
        "-out server.pem 2>/dev/null");
  }

  [[nodiscard]] bool made() const noexcept { return made_; }
  [[nodiscard]] std::string ca() const { return directory_.path() + "/ca.pem"; }
  [[nodiscard]] std::string cert() const { return directory_.path() + "/server.pem"; }
  [[nodiscard]] std::string key() const { return directory_.path() + "/server.key"; }

 private:
  TemporaryDirectory directory_;
  bool made_ = false;
};

}  // namespace da::test
