// `analyzer test-mail`: one real mail, to whom a mail of such an incident would go, and how the mail server
// took it.
//
//   return send_test_mail(config.notify, {.severity = Severity::high});
#pragma once

#include <string>

#include "analyzer/notify/notify_config.h"
#include "analyzer/notify/severity.h"

namespace da {

struct TestMailOptions {
  std::string severity = "high";  ///< checked
  std::string image;
  std::string container;
  std::string label;
  bool json = false;
};

/// Returns the exit status: kExitOk if the server took the mail for every recipient. Needs no Redis.
[[nodiscard]] int send_test_mail(const NotifyConfig& config, const TestMailOptions& options);

}  // namespace da
