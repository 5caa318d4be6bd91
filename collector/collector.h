// The collector at work: Docker's containers in, batches of their system calls out.
//
// Wires docker/watcher, capture, shipping/batcher, retention and stream_writer together on one event loop;
// main() runs it. The tracer has a thread of its own.
#pragma once

#include <memory>

#include "collector/config.h"

namespace da {

class Collector {
 public:
  /// `sources`: where `config` was read, and is read again on SIGHUP. `verbose`: each captured call as a line
  /// on stdout.
  Collector(CollectorConfig config, ConfigSources sources, bool verbose);
  ~Collector();

  /// Until SIGTERM or SIGINT; lets all containers go and sends what is left. Returns the exit status.
  [[nodiscard]] int run();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace da
