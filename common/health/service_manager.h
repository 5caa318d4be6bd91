// What systemd wants to hear of a service with Type=notify and WatchdogSec=: that it has started, how it is,
// that it still turns, that it ends. Without a service manager nothing is sent.
//
// Used by both binaries' wiring, on one thread. The protocol of sd_notify(3), which is one datagram a
// message; its library would bring liblzma, libzstd and libgcrypt along for that.
//
//   ServiceManager manager = ServiceManager::from_environment();    // NOTIFY_SOCKET, WATCHDOG_USEC
//   manager.started();
//   manager.status("waits for redis");     // sent if it is another than before
//   manager.beat(now);                     // at each beat of the loop: WATCHDOG=1, as often as is asked for
//   manager.stopping();
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/unique_fd.h"

namespace da {

class ServiceManager {
 public:
  using Time = std::chrono::steady_clock::time_point;

  [[nodiscard]] static ServiceManager from_environment();
  /// `socket`: a path, or '@' and an abstract name; empty: nobody listens. `watchdog`: within that time it
  /// must hear of each beat.
  ServiceManager(std::string_view socket, std::optional<std::chrono::microseconds> watchdog);

  void started() { send("READY=1"); }
  void stopping() { send("STOPPING=1"); }
  void status(std::string_view text);
  void beat(Time now);

 private:
  void send(std::string_view message);

  std::string address_;  ///< as bytes of sun_path
  UniqueFd socket_;
  std::optional<std::chrono::microseconds> watchdog_;
  std::optional<Time> last_beat_;
  std::string status_;
};

}  // namespace da
