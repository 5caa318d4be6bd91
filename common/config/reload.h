// A new configuration while the program runs: read and checked first; what cannot be read changes nothing.
//
// Used by both binaries' wiring, on SIGHUP. It tells the log, and counts for the metrics page; what is to
// change is for the caller to carry out.
//
//   ConfigReloader reloader(sources, collector_key_table());
//   if (auto next = reloader.reload(config, [&] { return read_collector_config(sources); })) ...
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/config/key_table.h"
#include "common/config/read_keys.h"

namespace da {

/// Paths of keys whose value in force differs, by what the table says of them, each ascending.
struct ConfigChanges {
  std::vector<std::string> at_once;
  std::vector<std::string> anew;
  std::vector<std::string> restart;

  [[nodiscard]] bool empty() const noexcept { return at_once.empty() && anew.empty() && restart.empty(); }
};

/// A key that the table does not have counts as one that needs a restart.
[[nodiscard]] ConfigChanges compare_config(const ReadKeys& running, const ReadKeys& next,
                                           const KeyTable& table);

struct ReloadCounters {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  bool last_succeeded = true;  ///< before the first one, too: what runs is what was read
};

class ConfigReloader {
 public:
  explicit ConfigReloader(const KeyTable& table) : table_(table) {}

  template <typename Config>
  struct Next {
    Config config;  ///< as it was read, with the keys that need a restart
    ConfigChanges changes;
  };
  /// `read` may throw. Nothing if it does. The caller's running configuration should then be next.config, but
  /// for what changes.restart names: see keep_for_restart().
  template <typename Config>
  [[nodiscard]] std::optional<Next<Config>> reload(const Config& running,
                                                   const std::function<Config()>& read) {
    try {
      Next<Config> next{read(), {}};
      next.changes = compare_config(running.keys, next.config.keys, table_);
      keep_for_restart(running.keys, next.config.keys, next.changes);
      succeed(next.changes);
      return next;
    } catch (const std::exception& error) {
      fail(error.what());
      return std::nullopt;
    }
  }

  [[nodiscard]] const ReloadCounters& counters() const noexcept { return counters_; }

 private:
  /// So that the next reload compares with what runs.
  static void keep_for_restart(const ReadKeys& running, ReadKeys& next, const ConfigChanges& changes);
  void succeed(const ConfigChanges& changes);
  void fail(const char* why);

  const KeyTable& table_;
  ReloadCounters counters_;
};

}  // namespace da
