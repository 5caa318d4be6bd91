// The `metrics` mapping of a configuration: `metrics: {listen: "127.0.0.1:9464"}`.
#pragma once

#include <optional>

#include "common/config/section.h"
#include "common/http/listen_address.h"

namespace da {

/// Reads the section and calls done(). Nothing if metrics are not to be served.
[[nodiscard]] std::optional<ListenAddress> read_metrics_config(Section section);

}  // namespace da
