#include "analyzer/notify/mail_route.h"

#include <limits>

#include <catch2/catch.hpp>

#include "analyzer/notify/container_labels.h"
#include "tests/support/sample_alerts.h"

using namespace da;

namespace {

Alert scored(AlertKind kind, double score, double threshold) {
  Alert alert;
  alert.kind = kind;
  alert.score = score;
  alert.threshold = threshold;
  return alert;
}

MailRoute route(Severity least, std::string image, std::string container, const char* to,
                bool goes_on = false) {
  return {least, std::move(image), std::move(container), {}, {*MailAddress::from(to)}, goes_on};
}

std::vector<std::string> whom(const std::vector<MailRoute>& routes, Severity severity, std::string image,
                              std::string container) {
  Notification note;
  note.severity = severity;
  note.image = std::move(image);
  note.container_name = std::move(container);
  note.labels = std::string("project=shop\0team=web=1", 23);
  std::vector<std::string> specs;
  for (const MailAddress& to : recipients_of(routes, {*MailAddress::from("all@a.b")}, note))
    specs.push_back(to.spec());
  return specs;
}

}  // namespace

SCENARIO("how urgent an alert is follows from its kind, and from how far above the threshold it is") {
  Alert program = test::shell_starts();
  CHECK(severity_of(program) == Severity::high);
  program.started_by = kOutside;
  CHECK(severity_of(program) == Severity::medium);
  for (const AlertKind kind : {AlertKind::unseen_sequence, AlertKind::unusual_thread}) {
    CHECK(severity_of(scored(kind, 8, 4)) == Severity::high);
    CHECK(severity_of(scored(kind, 7, 4)) == Severity::medium);
    CHECK(severity_of(scored(kind, 5, 4)) == Severity::medium);
    CHECK(severity_of(scored(kind, 4.5, 4)) == Severity::low);
    CHECK(severity_of(scored(kind, 4, 0)) == Severity::medium);
    CHECK(severity_of(scored(kind, std::numeric_limits<double>::quiet_NaN(), 4)) == Severity::medium);
  }
  for (const AlertKind kind : {AlertKind::new_start, AlertKind::new_call, AlertKind::new_directory_read,
                               AlertKind::new_directory_changed, AlertKind::new_address})
    CHECK(severity_of(scored(kind, 0, 0)) == Severity::medium);
  for (const AlertKind kind : {AlertKind::new_arguments, AlertKind::unusual_pace})
    CHECK(severity_of(scored(kind, 0, 0)) == Severity::low);
  CHECK(severity_from("medium") == Severity::medium);
  CHECK_FALSE(severity_from("urgent"));
}

SCENARIO("a mail goes by the first route that fits, and on where that says so") {
  using Specs = std::vector<std::string>;
  const std::vector<MailRoute> routes = {
      route(Severity::high, "", "", "oncall@a.b", true), route(Severity::low, "shop:*", "web-*", "shop@a.b"),
      route(Severity::medium, "shop:*", "", "oncall@a.b", true), route(Severity::high, "db:*", "", "db@a.b")};
  CHECK(whom(routes, Severity::low, "other:1", "x") == Specs{"all@a.b"});
  CHECK(whom(routes, Severity::high, "other:1", "x") == Specs{"oncall@a.b"});
  CHECK(whom(routes, Severity::low, "shop:1", "web-7") == Specs{"shop@a.b"});
  CHECK(whom(routes, Severity::high, "shop:1", "web-7") == Specs{"oncall@a.b", "shop@a.b"});
  CHECK(whom(routes, Severity::high, "shop:1", "x") == Specs{"oncall@a.b"});  // once
  CHECK(whom(routes, Severity::high, "db:1", "x") == Specs{"oncall@a.b", "db@a.b"});
  CHECK(whom({}, Severity::high, "db:1", "x") == Specs{"all@a.b"});
}

SCENARIO("a route may ask for a label of the container") {
  const auto labelled = [](std::string label) {
    MailRoute asked = route(Severity::low, "", "", "team@a.b");
    asked.label = std::move(label);
    return whom({asked}, Severity::low, "shop:1", "web").front() == "team@a.b";
  };
  for (const char* label : {"project=shop", "project=s*", "project", "team=web=1", "team=*", ""})
    CHECK(labelled(label));
  for (const char* label : {"project=sho", "projec", "project=", "shop", "web=1", "*=shop", "team=web"})
    CHECK_FALSE(labelled(label));
}

SCENARIO("labels are taken apart whatever is in them") {
  CHECK(split_labels("").empty());
  CHECK(split_labels(std::string("\0=x\0\0", 5)).empty());
  const std::string odd("a\0b=\0c==", 8);
  const auto labels = split_labels(odd);
  REQUIRE(labels.size() == 3);
  CHECK((labels[0].name == "a" && labels[0].value.empty()));
  CHECK((labels[1].name == "b" && labels[1].value.empty()));
  CHECK((labels[2].name == "c" && labels[2].value == "="));
}
