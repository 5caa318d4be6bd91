// How reloads of the configuration went, the same on both binaries' pages.
//
//   show_reloads(page, reloader.counters());
#pragma once

#include "common/config/reload.h"
#include "common/metrics/metrics_page.h"

namespace da {

inline void show_reloads(MetricsPage& page, const ReloadCounters& reloads) {
  page.counter("config_reloads_total", "Reloads of the configuration (SIGHUP), by their result.");
  page.sample(reloads.succeeded, {{"result", "success"}});
  page.sample(reloads.failed, {{"result", "failure"}});
  page.gauge("config_last_reload_successful",
             "0 if the last reload failed, so that what runs is not what the files say.");
  page.sample(reloads.last_succeeded ? 1 : 0);
}

}  // namespace da
