// The analyzer's status page: a small web site about hosts, containers, profiles and alerts, on threads of
// its own, so that it cannot hold up the intake.
//
// Used by the analyzer's wiring. All it shows comes from Redis, so that any analyzer shows what all of them
// do; it is read once a second at most, however many browsers look (page_reader), and nothing but live
// figures is read while nobody does. docs/page.md is for operators.
//
//   auto page = StatusPage::open(*config.page, {config.redis, config.detector, view});    // Result
//   ...
//   (*page)->stop();
#pragma once

#include <memory>
#include <string>

#include "analyzer/detect/detector.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/page/page_config.h"
#include "common/redis/nodes.h"
#include "common/result.h"

namespace da {

struct PageSource {
  redis::Nodes redis;
  DetectorOptions detector;
  ViewOptions view;
};

class StatusPage {
 public:
  /// Listens and serves from now on. Fails if it cannot listen.
  [[nodiscard]] static Result<std::unique_ptr<StatusPage>> open(const PageConfig& config, PageSource source);
  /// Stops.
  ~StatusPage();
  StatusPage(const StatusPage&) = delete;
  StatusPage& operator=(const StatusPage&) = delete;

  /// "127.0.0.1:8080", as bound.
  [[nodiscard]] std::string address() const;
  /// Ends all connections, and waits for its threads. Idempotent.
  void stop();

 private:
  class Site;
  explicit StatusPage(std::unique_ptr<Site> site);
  std::unique_ptr<Site> site_;
};

}  // namespace da
