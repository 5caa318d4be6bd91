// Wakes a tracer thread that blocks in wait4(2).
//
// wait4 cannot watch a descriptor, and a signal that arrives just before it blocks is lost. The doorbell
// is a sleeping child that the tracer has seized: a signal sent to it becomes a signal-delivery-stop, and
// the kernel keeps that report until the tracer asks.
//
//   doorbell.hang();                     // tracer thread
//   doorbell.ring();                     // any thread
//   if (report.tid == doorbell.tid()) { ...; doorbell.answer(report); }
#pragma once

#include <atomic>

#include "collector/capture/ptrace/ptrace_api.h"
#include "common/result.h"

namespace da::ptrace {

class Doorbell {
 public:
  ~Doorbell();
  /// Starts and seizes the child; also after it was killed. Tracer thread only.
  [[nodiscard]] Result<> hang();
  void ring() const noexcept;
  /// Takes the report of the doorbell's stop; false if the doorbell is dead. Tracer thread only.
  [[nodiscard]] bool answer(const WaitReport& report) noexcept;
  [[nodiscard]] Tid tid() const noexcept { return Tid{pid_.load(std::memory_order_relaxed)}; }
  /// Ends the child. Tracer thread only.
  void take_down() noexcept;

 private:
  std::atomic<int> pid_{0};
};

}  // namespace da::ptrace
