#include "common/metrics/metrics_page.h"

#include <sstream>

#include <prometheus/text_serializer.h>

#include "common/metrics/label_text.h"

namespace da {

void MetricsPage::counter(std::string_view name, std::string_view help) {
  begin(prometheus::MetricType::Counter, name, help);
}

void MetricsPage::gauge(std::string_view name, std::string_view help) {
  begin(prometheus::MetricType::Gauge, name, help);
}

void MetricsPage::begin(prometheus::MetricType type, std::string_view name, std::string_view help) {
  prometheus::MetricFamily family;
  family.name = prefix_ + std::string(name);
  family.help = help;
  family.type = type;
  families_.push_back(std::move(family));
}

void MetricsPage::add(double value, std::initializer_list<Label> labels) {
  prometheus::ClientMetric metric;
  for (const Label& label : labels)
    metric.label.push_back({std::string(label.name), label_text(label.value)});
  prometheus::MetricFamily& family = families_.at(families_.size() - 1);
  (family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

std::string MetricsPage::text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_);
  return std::move(out).str();
}

}  // namespace da
