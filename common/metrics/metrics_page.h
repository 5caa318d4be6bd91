// A page of metrics in Prometheus's text format, built anew for each scrape from counters that exist anyway.
//
// Used by who serves metrics (collector/metrics.cpp).
//
//   MetricsPage page("docker_anomalies_collector_");
//   page.counter("records_lost_total", "Records lost, by where");
//   page.sample(3, {{"reason", "queue"}});
//   page.gauge("tasks_traced", "Tasks traced now");
//   page.sample(17);
//   reply(page.text());
//
// Names and help texts are ours. The values of labels may be anyone's: they are made harmless.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace da {

class MetricsPage {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };

  /// `prefix`: of every name.
  explicit MetricsPage(std::string_view prefix) : prefix_(prefix) {}

  /// Begins a family; its samples follow. One without a sample is told all the same.
  void counter(std::string_view name, std::string_view help);
  void gauge(std::string_view name, std::string_view help);
  template <typename Number>
  void sample(Number value, std::initializer_list<Label> labels = {}) {
    add(static_cast<double>(value), labels);
  }

  [[nodiscard]] std::string text() const;

  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  void begin(prometheus::MetricType type, std::string_view name, std::string_view help);
  void add(double value, std::initializer_list<Label> labels);

  std::string prefix_;
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace da
