#include "proto/status/collector_status.h"

#include <catch2/catch.hpp>

#include "analyzer/store/collector_table.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

CollectorStatus sample() {
  CollectorStatus status;
  status.host = "host7";
  status.version = "0.1.0";
  status.epoch = Epoch{0xfedcba9876543210};
  status.since_ns = 1'795'489'927'120'000'000;
  status.hears_docker = status.can_attach = true;
  status.containers = 2;
  status.tasks = 31;
  status.coverage = 0.75;
  status.overhead = 0.25;
  status.records = 123'456;
  status.lost_queue = 7;
  status.lost_retention = 11;
  status.batches_refused = 1;
  status.records_waiting = 5;
  status.retention_bytes = 4096;
  status.retention_limit = 65536;
  status.loss_began_ns = 17;
  status.loss_ended_ns = 19;
  status.listed = {{std::string(64, 'a'), "web", "shop:1", 0.5, 0.25, 18}};
  status.not_listed = 1;
  return status;
}

std::string row(const CollectorStatus& status, std::int64_t heard_ms) {
  return std::to_string(heard_ms) + " 1000 " + encode_status(status);
}

}  // namespace

SCENARIO("what a collector says of itself is read as it was said") {
  const auto read = decode_status(encode_status(sample()));
  REQUIRE(read);
  CHECK(*read == sample());
}

SCENARIO("the containers that fare worst are listed, and a row has a bound whatever they are called") {
  CollectorStatus status = sample();
  status.host = std::string(5000, 'h');
  status.listed.clear();
  for (int i = 0; i < 500; ++i) {
    ContainerStatus container;
    container.id = std::to_string(1000 + i);
    // Each byte takes six in JSON.
    container.name = container.image = std::string(5000, '\x01');
    container.records_lost = static_cast<std::uint64_t>(i);
    status.listed.push_back(container);
  }
  const std::string encoded = encode_status(status);
  CHECK(encoded.size() <= kLongestStatus);
  const auto read = decode_status(encoded);
  REQUIRE(read);
  REQUIRE_FALSE(read->listed.empty());
  CHECK(read->listed.front().id == "1499");
  CHECK(read->listed.size() + read->not_listed == 501);
  CHECK(read->host.size() == 255);
}

SCENARIO("names that are no text do not keep a status from being told") {
  CollectorStatus status = sample();
  status.listed[0].name = "\xff\xfe\"\\\n\x1b[2J";
  const auto read = decode_status(encode_status(status));
  REQUIRE(read);
  CHECK(read->listed[0].name == "\xef\xbf\xbd\xef\xbf\xbd\"\\\n\x1b[2J");
}

SCENARIO("a status that no collector wrote is refused") {
  const std::string good = encode_status(sample());
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), good.substr(0, good.size() / 2),
        std::string(kLongestStatus + 1, ' '), std::string(good).replace(good.find("\"v\":1"), 5, "\"v\":2"),
        std::string(good).replace(good.find("\"stopped\":false"), 15, "\"stopped\":12345")}) {
    CAPTURE(bad.substr(0, 80));
    CHECK_FALSE(decode_status(bad));
  }
  // No number makes it more than it can be.
  std::string huge = good;
  huge.replace(huge.find("\"overhead\":0.25"), 15, "\"overhead\":1e99");
  huge.replace(huge.find("\"lost_queue\":7,"), 15, "\"lost_queue\":18446744073709551615,");
  huge.replace(huge.find("\"lost_retention\":11,"), 20, "\"lost_retention\":18446744073709551615,");
  const auto read = decode_status(huge);
  REQUIRE(read);
  CHECK(read->overhead == 1);
  CHECK(read->records_lost() == 2'000'000'000'000'000);
}

SCENARIO("a collector is silent when it said nothing five times in a row, unless it said goodbye") {
  const auto fresh = parse_collector("host7", row(sample(), 100'000), 109'999);
  REQUIRE(fresh);
  CHECK(fresh->condition == CollectorCondition::running);
  CHECK(fresh->heard_ms == 100'000);
  CHECK(fresh->age == 9'999ms);
  CHECK(parse_collector("host7", row(sample(), 100'000), 110'000)->condition == CollectorCondition::silent);
  // Its clock is Redis's, which may have been set back.
  CHECK(parse_collector("host7", row(sample(), 100'000), 1)->age == 0ms);
  CollectorStatus last = sample();
  last.stopped = true;
  CHECK(parse_collector("host7", row(last, 100'000), 900'000)->condition == CollectorCondition::stopped);
}

SCENARIO("a row that the function has not stamped, or of another host, is refused") {
  const std::string encoded = encode_status(sample());
  for (const std::string& bad : {encoded, "1 " + encoded, "x 1 " + encoded, "1 -1 " + encoded,
                                 "1 1" + encoded, std::string("1 1 "), std::string()}) {
    CAPTURE(bad.substr(0, 40));
    CHECK_FALSE(parse_collector("host7", bad, 1));
  }
  CHECK_FALSE(parse_collector("host8", row(sample(), 1), 1));
}

SCENARIO("redis tells its time in seconds and microseconds") {
  CHECK(*redis_now_ms({"1795489927", "120999"}) == 1'795'489'927'120);
  CHECK_FALSE(redis_now_ms({}));
  CHECK_FALSE(redis_now_ms({"1795489927"}));
  CHECK_FALSE(redis_now_ms({"1795489927", "x"}));
  CHECK_FALSE(redis_now_ms({"9999999999999999", "1"}));
}
