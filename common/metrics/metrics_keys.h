// The `metrics` section's row of a key table (metrics_config.h reads it).
#pragma once

#include "common/config/key_table.h"

namespace da {

inline constexpr KeyInfo kMetricsKeys[] = {
    {"metrics.listen", Effect::restart,
     "Where Prometheus may scrape /metrics, and others ask for /livez and /readyz: a numeric address and a "
     "port, such as 127.0.0.1:9464. Empty: not "
     "served. No password and no TLS: an address that only your monitoring reaches."},
};

}  // namespace da
