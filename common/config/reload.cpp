#include "common/config/reload.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/log.h"

namespace da {
namespace {

bool same_value(const ReadKey& a, const ReadKey& b) {
  return a.value == b.value && a.fingerprint == b.fingerprint;
}

Effect effect_of(std::string_view path, const KeyTable& table) {
  const std::string general = general_path(path);
  const auto row = std::ranges::find(table, general, &KeyInfo::path);
  return row == table.end() ? Effect::restart : row->effect;
}

}  // namespace

ConfigChanges compare_config(const ReadKeys& running, const ReadKeys& next, const KeyTable& table) {
  ConfigChanges changes;
  const auto add = [&](const std::string& path) {
    switch (effect_of(path, table)) {
      case Effect::at_once:
        changes.at_once.push_back(path);
        break;
      case Effect::anew:
        changes.anew.push_back(path);
        break;
      case Effect::restart:
        changes.restart.push_back(path);
        break;
    }
  };
  for (const auto& [path, key] : running) {
    const auto after = next.find(path);
    if (after == next.end() || !same_value(key, after->second)) add(path);
  }
  for (const auto& [path, key] : next) {
    if (!running.contains(path)) add(path);
  }
  for (auto* paths : {&changes.at_once, &changes.anew, &changes.restart})
    std::ranges::sort(*paths);
  return changes;
}

void ConfigReloader::keep_for_restart(const ReadKeys& running, ReadKeys& next, const ConfigChanges& changes) {
  for (const std::string& path : changes.restart) {
    const auto before = running.find(path);
    if (before == running.end()) {
      next.erase(path);
    } else {
      next.insert_or_assign(path, before->second);
    }
  }
}

void ConfigReloader::succeed(const ConfigChanges& changes) {
  ++counters_.succeeded;
  counters_.last_succeeded = true;
  std::vector<std::string> changed = changes.at_once;
  changed.insert(changed.end(), changes.anew.begin(), changes.anew.end());
  log_info("configuration reloaded", "changed",
           changed.empty() ? "nothing" : fmt::format("{}", fmt::join(changed, " ")));
  if (!changes.restart.empty())
    log_warning("configuration keys that changed count after a restart only; the old values are kept", "keys",
                fmt::format("{}", fmt::join(changes.restart, " ")));
}

void ConfigReloader::fail(const char* why) {
  ++counters_.failed;
  counters_.last_succeeded = false;
  log_error("configuration not reloaded: the old one is kept", "error", why);
}

}  // namespace da
