// One alert in safe words; the part of mail_view that explains calls, scores and expectations.
//
//   AlertView view = make_alert_view(alert, options);
#pragma once

#include "analyzer/notify/mail_view.h"

namespace da {

[[nodiscard]] AlertView make_alert_view(const Alert& alert, const ViewOptions& options);

/// What happened, in one sentence.
[[nodiscard]] std::string alert_sentence(const Alert& alert, const ViewOptions& options);

/// A command line (argv separated by NUL) as a shell would take it, bounded, secrets masked if asked for.
[[nodiscard]] std::string command_text(const std::string& command_line, const ViewOptions& options);

/// The first 12 digits of a container id, or the id made safe if it is no such thing.
[[nodiscard]] std::string short_id(const std::string& container_id);

}  // namespace da
