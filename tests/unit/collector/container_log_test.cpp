#include "collector/container_log.h"

#include <algorithm>
#include <functional>

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"

using namespace da;

namespace {

const std::string kId(64, 'a');

Container container(int init, const std::string& name = "web") {
  Container made;
  made.id = kId;
  made.name = name;
  made.image = "nginx";
  made.init = Pid{init};
  return made;
}

/// "monitoring 100 attach, finished, missed": the lines in words.
std::string lines(const std::function<void(ContainerLog&)>& work) {
  std::string text;
  {
    const test::CapturedStderr captured;
    ContainerLog log;
    work(log);
    text = captured.text();
  }
  std::string words;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = text.substr(at, end - at);
    if (!words.empty()) words += ", ";
    if (line.find("msg=\"monitoring container " + kId + "\"") != std::string::npos) {
      words += "monitoring " + line.substr(line.find("pid=") + 4);
    } else if (line.find("msg=\"finished monitoring container " + kId + "\"") != std::string::npos) {
      words += "finished";
    } else if (line.find("msg=\"container ended before it could be monitored\" id=" + kId) !=
               std::string::npos) {
      words += "missed";
    } else {
      words += line;
    }
  }
  return words;
}

}  // namespace

SCENARIO("a container that Docker reports is told when it begins and when it ends") {
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), false);
          log.begun(container(100), false);
          log.ended(kId, Pid{100});
          log.ended(kId, Pid{100});
          log.missed(container(0));
        }) == "monitoring 100 from=attach, finished, missed");
}

SCENARIO("a container that is followed from its birth is told once, whoever reports it then") {
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), true);
          log.begun(container(100), false);
          log.ended(kId, Pid{100});  // capture
          log.ended(kId, Pid{100});  // Docker
        }) == "monitoring 100 from=first_instruction, finished");
}

SCENARIO("capture may be late, and is not the news then") {
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), false);
          log.begun(container(100), true);
          log.ended(kId);
          log.missed(container(0));
        }) == "monitoring 100 from=attach, finished, missed");
}

SCENARIO("what was followed to its end before Docker reports it has been missed by nobody") {
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), true);
          log.ended(kId);
          log.missed(container(0));
        }) == "monitoring 100 from=first_instruction, finished");
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), true);
          log.ended(kId);
          log.begun(container(100), false);
          log.ended(kId, Pid{100});
        }) == "monitoring 100 from=first_instruction, finished");
}

SCENARIO("each run of a container that restarts is told, and an old end is not taken for the new one's") {
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), true);
          log.begun(container(100), false);
          log.begun(container(200), true);
          log.ended(kId, Pid{100});  // Docker, late
          log.begun(container(200), false);
          log.ended(kId, Pid{200});
        }) ==
        "monitoring 100 from=first_instruction, finished, monitoring 200 from=first_instruction, finished");
}

SCENARIO("one run seen from its birth excuses no other") {
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), true);
          log.ended(kId);
          log.begun(container(200), false);  // Docker left out the first
          log.ended(kId, Pid{200});
        }) == "monitoring 100 from=first_instruction, finished, monitoring 200 from=attach, finished");
  CHECK(lines([](ContainerLog& log) {
          log.begun(container(100), true);
          log.ended(kId);
          log.missed(container(0));
          log.missed(container(0));
        }) == "monitoring 100 from=first_instruction, finished, missed");
}

SCENARIO("a run that never ended and those that Docker never reports take bounded memory, and no sense") {
  CHECK(lines([](ContainerLog& log) {
          for (int i = 1; i <= 100; ++i) {
            log.begun(container(i), true);
            log.ended(kId);
          }
          log.begun(container(100), false);
          log.missed(container(0));
        }).ends_with("monitoring 100 from=first_instruction, finished, missed"));
}
