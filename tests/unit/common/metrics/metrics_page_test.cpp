#include "common/metrics/metrics_page.h"

#include <cstdint>

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("a page is in Prometheus's text format") {
  MetricsPage page("da_");
  page.counter("lost_total", "Records lost.");
  page.sample(std::uint64_t{3}, {{"reason", "queue"}});
  page.sample(0, {{"reason", "retention"}, {"host", "h"}});
  page.gauge("ratio", "A share.");
  page.sample(0.25);
  CHECK(page.text() ==
        "# HELP da_lost_total Records lost.\n"
        "# TYPE da_lost_total counter\n"
        "da_lost_total{reason=\"queue\"} 3\n"
        "da_lost_total{reason=\"retention\",host=\"h\"} 0\n"
        "# HELP da_ratio A share.\n"
        "# TYPE da_ratio gauge\n"
        "da_ratio 0.25\n");
}

SCENARIO("a large counter keeps its last digit") {
  MetricsPage page("da_");
  page.counter("records_total", "Records.");
  page.sample(std::uint64_t{9'007'199'254'740'991});  // 2^53 - 1
  CHECK(page.text().ends_with("\nda_records_total 9007199254740991\n"));
}

SCENARIO("the value of a label cannot leave its quotes, and is UTF-8") {
  MetricsPage page("da_");
  page.gauge("up", "Up.");
  page.sample(1, {{"name", "a\"b\\c\nd\xff\x1b"}});
  CHECK(page.text().ends_with("\nda_up{name=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xef\xbf\xbd\"} 1\n"));
}

SCENARIO("a family without samples, and a page without families") {
  MetricsPage page("da_");
  CHECK(page.text().empty());
  page.counter("container_seconds_total", "Seconds.");
  CHECK(page.text() ==
        "# HELP da_container_seconds_total Seconds.\n# TYPE da_container_seconds_total counter\n");
}
