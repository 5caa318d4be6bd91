#include "analyzer/notify/mail_route.h"

#include <algorithm>

#include "analyzer/notify/container_labels.h"
#include "common/glob.h"

namespace da {

bool MailRoute::fits(const Notification& note) const {
  return note.severity >= min_severity && (image.empty() || glob_matches(image, note.image)) &&
         (container.empty() || glob_matches(container, note.container_name)) &&
         (label.empty() || has_label(note.labels, label));
}

std::vector<MailAddress> recipients_of(const std::vector<MailRoute>& routes,
                                       const std::vector<MailAddress>& fallback, const Notification& note) {
  std::vector<MailAddress> recipients;
  bool found = false;
  for (const MailRoute& route : routes) {
    if (!route.fits(note)) continue;
    found = true;
    for (const MailAddress& to : route.to) {
      const auto same = [&](const MailAddress& other) { return other.spec() == to.spec(); };
      if (std::none_of(recipients.begin(), recipients.end(), same)) recipients.push_back(to);
    }
    if (!route.goes_on) break;
  }
  return found ? recipients : fallback;
}

}  // namespace da
