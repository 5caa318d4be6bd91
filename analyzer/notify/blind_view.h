// A mail that says that we are blind on a host, or see again, in safe words.
//
// Called by make_view() for a Notification about it. Pure.
//
//   MailView view = make_blind_view(note, options);
#pragma once

#include <string>

#include "analyzer/notify/mail_view.h"

namespace da {

/// Without the notices. Nothing in it but names of containers comes from one: `bare` leaves those out.
[[nodiscard]] MailView make_blind_view(const Notification& note, const ViewOptions& options);
/// Its subject, without the prefix: "BLIND on host7: nothing heard from its collector since ..."
[[nodiscard]] std::string blind_line(const BlindNews& news);

}  // namespace da
