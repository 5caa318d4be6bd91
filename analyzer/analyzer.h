// The analyzer at work: batches from Redis in, mails out.
//
// Wires intake, detect and notify together on one event loop; main() runs it. On SIGHUP the configuration is
// read again: what cannot change in the midst of the work (a threshold, a recipient) ends the loop as SIGTERM
// does, with a last commit, and begins another, in the same process.
#pragma once

#include <memory>

#include "analyzer/config.h"
#include "common/config/reload.h"

namespace da {

class Analyzer {
 public:
  /// `sources`: where `config` was read, and is read again on SIGHUP.
  Analyzer(const AnalyzerConfig& config, ConfigSources sources);
  ~Analyzer();

  /// Until SIGTERM or SIGINT; saves what was learned and sends what it can. Returns the exit status.
  [[nodiscard]] int run();

 private:
  class Loop;
  ConfigSources sources_;
  ConfigReloader reloader_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace da
