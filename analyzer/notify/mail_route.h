// Whom a mail is for: by how urgent it is, and where it happened. Pure.
//
// Read by notify_config, used by Notifier and `analyzer test-mail`.
//
//   for (const MailAddress& to : recipients_of(config.smtp->routes, config.smtp->to, note)) ...
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/mail_address.h"
#include "analyzer/notify/notification.h"
#include "analyzer/notify/severity.h"

namespace da {

struct MailRoute {
  Severity min_severity = Severity::low;
  std::string image;      ///< glob of its name (common/glob.h); empty: any
  std::string container;  ///< glob of its name; empty: any
  std::string label;      ///< one that it has: see has_label(); empty: any
  std::vector<MailAddress> to;
  bool goes_on = false;  ///< `continue`: those after it are tried, too

  [[nodiscard]] bool fits(const Notification& note) const;
};

/// Those of the first route that fits, and of those after it as long as they say `continue`; `fallback` if
/// none fits. Each address once.
[[nodiscard]] std::vector<MailAddress> recipients_of(const std::vector<MailRoute>& routes,
                                                     const std::vector<MailAddress>& fallback,
                                                     const Notification& note);

}  // namespace da
