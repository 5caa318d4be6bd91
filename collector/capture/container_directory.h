// What Docker said of each container, by its id, for a thread that meets it at its birth and cannot wait.
//
// Filled by the wiring from docker/watcher's known() and forgotten(), before the container starts; read by
// capture. Thread-safe. As bounded as what fills it (docker/known_containers).
//
//   directory.on_change([&] { wake_the_tracer(); });   // before the threads begin
//   directory.put(container, wanted);                  // main thread
//   if (const auto known = directory.find(id)) ...     // tracer thread: known->container, known->wanted
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "collector/capture/container.h"

namespace da {

class ContainerDirectory {
 public:
  struct Known {
    std::shared_ptr<const Container> container;  ///< stays as it is, whatever is put later; init is 0
    bool wanted = false;                         ///< is to be watched
  };

  /// Called after each put(), by its thread, with no lock held. Once, before other threads use the directory.
  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

  void put(Container container, bool wanted);
  void erase(const std::string& id);
  [[nodiscard]] std::optional<Known> find(const std::string& id) const;
  [[nodiscard]] std::size_t size() const;

 private:
  std::function<void()> on_change_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Known> containers_;
};

}  // namespace da
