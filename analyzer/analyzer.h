// The analyzer at work: batches from Redis in, mails out.
//
// Wires intake, detect and notify together on one event loop; main() runs it.
#pragma once

#include <memory>

#include "analyzer/config.h"

namespace da {

class Analyzer {
 public:
  explicit Analyzer(AnalyzerConfig config);
  ~Analyzer();

  /// Until SIGTERM or SIGINT; saves what was learned and sends what it can. Returns the exit status.
  [[nodiscard]] int run();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace da
