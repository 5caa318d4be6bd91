// What a monitor asks a binary: /metrics, /livez and /readyz, answered by a thread of its own, so that there
// is an answer when the event loop is the trouble.
//
// Used by both binaries' wiring. /livez looks at the loop's pulse; for the others the loop is asked to tell
// what it knows, and has a moment for it.
//
//   auto endpoint = OperationsEndpoint::open(io.get_executor(), pulse, address,
//                                            {.metrics = [this] { return page(); },
//                                             .readiness = [this] { return readiness(); }});   // Result
//   (*endpoint)->start();
//   io.run();
//   (*endpoint)->stop();
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/asio.h"
#include "common/health/loop_pulse.h"
#include "common/health/readiness.h"
#include "common/http/listen_address.h"
#include "common/result.h"

namespace da {

/// Called on the loop.
struct OperationsSources {
  std::function<std::string()> metrics;  ///< a MetricsPage's text
  std::function<Readiness()> readiness;
};

struct OperationsOptions {
  std::chrono::milliseconds longest_turn{5000};  ///< of the loop; beyond, /livez is 503
  std::chrono::milliseconds patience{2000};      ///< for an answer of the loop; beyond, 503
  std::chrono::milliseconds fresh{500};          ///< a page of metrics that is younger is sent again
};

class OperationsEndpoint {
 public:
  /// Binds and listens. `loop` and `pulse` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<OperationsEndpoint>> open(const asio::any_io_executor& loop,
                                                                        const LoopPulse& pulse,
                                                                        const ListenAddress& address,
                                                                        OperationsSources sources,
                                                                        OperationsOptions options = {});
  /// stop()
  ~OperationsEndpoint();
  OperationsEndpoint(const OperationsEndpoint&) = delete;
  OperationsEndpoint& operator=(const OperationsEndpoint&) = delete;

  /// "127.0.0.1:9464", as bound.
  [[nodiscard]] std::string address() const;
  /// Once only.
  void start();
  /// Ends all connections and the thread. Not on that thread; idempotent.
  void stop();

 private:
  struct Impl;
  explicit OperationsEndpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace da
