#include "analyzer/detect/order_rules.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

Ngram ngram(const Behaviour::Calls& calls) {
  Ngram made = kEmptyNgram;
  for (const auto call : calls)
    made = append(made, call);
  return made;
}

Order about_calls(OrderVerb verb, std::vector<Behaviour::Calls> windows,
                  std::vector<Behaviour::Calls> unseen) {
  return {"o-1",
          verb,
          "seq-1",
          AlertKind::unseen_sequence,
          {"sha256:1", "/bin/app", 0, "", std::move(windows), std::move(unseen)},
          "shop",
          "ann",
          "",
          1};
}

Order about_start(OrderVerb verb, AlertKind kind, const std::string& parent) {
  return {"o-1", verb, "exe-1", kind, {"sha256:1", "/bin/sh", 0, parent, {}, {}}, "shop", "ann", "", 1};
}

const ProgramKey kApp{"/bin/app", Arch::x86_64};
const ProgramKey kShell{"/bin/sh", Arch::x86_64};

}  // namespace

SCENARIO("contains finds a run of calls, and no other order of them") {
  CHECK(contains(ngram({1, 2, 3, 4}), ngram({2, 3})));
  CHECK(contains(ngram({1, 2}), ngram({1, 2})));
  CHECK_FALSE(contains(ngram({1, 2, 3}), ngram({1, 3})));
  CHECK_FALSE(contains(ngram({2}), ngram({1, 2})));
  CHECK_FALSE(contains(ngram({1, 2}), kEmptyNgram));
  CHECK(contains_any(ngram({1, 2, 3, 4, 5, 6, 7, 8}), {ngram({9}), ngram({7, 8})}));
  CHECK_FALSE(contains_any(ngram({1, 2, 3}), {ngram({3, 2})}));
}

SCENARIO("who changes their mind is obeyed: the last word on a sequence holds") {
  Decisions decisions;
  REQUIRE(apply_order(about_calls(OrderVerb::accept, {{1, 2, 3, 4}, {2, 3, 4, 5}}, {{2, 3}}), {}, decisions));
  CHECK(decisions.programs[kApp].accepted.size() == 2);
  REQUIRE(apply_order(about_calls(OrderVerb::reject, {}, {{4, 5}}), {}, decisions));
  CHECK(decisions.programs[kApp].accepted == std::set<Ngram>{ngram({1, 2, 3, 4})});
  CHECK(decisions.programs[kApp].rejected == std::set<Ngram>{ngram({4, 5})});
  REQUIRE(apply_order(about_calls(OrderVerb::accept, {{4, 5, 6}}, {{4, 5}}), {}, decisions));
  CHECK(decisions.programs[kApp].rejected.empty());
}

SCENARIO("a thread as a whole is accepted by its footprint, and rejected again") {
  Decisions decisions;
  Order order = about_calls(OrderVerb::accept, {{1, 2, 3}}, {});
  order.kind = AlertKind::unusual_thread;
  order.about.footprint = {3, 511, 512, 1535};
  REQUIRE(apply_order(order, {}, decisions));
  CHECK(decisions.programs[kApp].accepted.size() == 1);
  CHECK(decisions.programs[kApp].accepted_footprints ==
        std::set<Footprint>{*footprint_of({3, 511, 512, 1535})});
  order.verb = OrderVerb::reject;
  REQUIRE(apply_order(order, {}, decisions));
  CHECK(decisions.programs[kApp].accepted_footprints.empty());
  CHECK_FALSE(apply_order(order, {}, decisions));  // nothing was accepted, and no call departs

  order.verb = OrderVerb::accept;
  order.about.footprint = {1536};
  CHECK_FALSE(apply_order(order, {}, decisions));
  order.about.windows.clear();
  for (std::uint16_t i = 0; i < ProgramDecisions::kMostFootprints; ++i) {
    order.about.footprint = {i};
    REQUIRE(apply_order(order, {}, decisions));
  }
  order.about.footprint = {600};
  CHECK_FALSE(apply_order(order, {}, decisions));
}

SCENARIO("accepting a program accepts who started it; rejecting one says nothing of others") {
  Decisions decisions;
  REQUIRE(apply_order(about_start(OrderVerb::accept, AlertKind::new_executable, "/bin/app"), {}, decisions));
  CHECK(decisions.programs[kShell].ruling == Ruling::accepted);
  CHECK(decisions.starts[{"/bin/app", "/bin/sh"}] == Ruling::accepted);
  REQUIRE(apply_order(about_start(OrderVerb::reject, AlertKind::new_start, "/bin/cron"), {}, decisions));
  CHECK(decisions.programs[kShell].ruling == Ruling::accepted);
  CHECK(decisions.rejects_start("/bin/cron", "/bin/sh"));
  REQUIRE(apply_order(about_start(OrderVerb::reject, AlertKind::new_executable, "/bin/app"), {}, decisions));
  CHECK(decisions.rejects(kShell));
  CHECK_FALSE(decisions.rejects_start("/bin/app", "/bin/sh"));
}

SCENARIO("an order that makes no sense is refused") {
  Decisions decisions;
  const std::set<ProgramKey> known{kApp};
  CHECK_FALSE(apply_order(about_calls(OrderVerb::accept, {}, {{1}}), known, decisions));
  CHECK_FALSE(apply_order(about_calls(OrderVerb::accept, {{}}, {{1}}), known, decisions));
  CHECK_FALSE(apply_order(about_calls(OrderVerb::accept, {{0, 1}}, {{1}}), known, decisions));
  CHECK_FALSE(apply_order(about_calls(OrderVerb::accept, {{1, 0xffff}}, {{1}}), known, decisions));
  CHECK_FALSE(apply_order(about_calls(OrderVerb::accept, {Behaviour::Calls(9, 1)}, {{1}}), known, decisions));
  CHECK_FALSE(apply_order(about_calls(OrderVerb::reject, {{1}}, {}), known, decisions));
  CHECK_FALSE(apply_order(about_start(OrderVerb::reject, AlertKind::new_start, ""), known, decisions));
  Order order = about_calls(OrderVerb::freeze, {}, {});
  order.about.executable = "/bin/never";
  CHECK_FALSE(apply_order(order, known, decisions));
  order.about = {"sha256:1", std::string(513, 'x'), 0, "", {}, {}};
  CHECK_FALSE(apply_order(order, known, decisions));
  order.about = {"sha256:1", "/bin/app", 77, "", {}, {}};
  CHECK_FALSE(apply_order(order, known, decisions));
}

SCENARIO("an object is accepted or rejected as it is, the last word holds, and nonsense is refused") {
  const auto about = [](OrderVerb verb, const std::string& object, std::uint64_t amount = 0) {
    Order order = about_calls(verb, {}, {});
    order.kind = AlertKind::new_directory_read;
    order.about.object = object;
    order.about.amount = amount;
    return order;
  };
  const std::string shadow("reads\0etc\0shadow", 16);
  Decisions decisions;
  REQUIRE(apply_order(about(OrderVerb::accept, shadow), {}, decisions));
  CHECK(decisions.programs[kApp].accepted_objects.contains(shadow));
  REQUIRE(apply_order(about(OrderVerb::reject, shadow, 7), {}, decisions));
  CHECK(decisions.programs[kApp].accepted_objects.empty());
  CHECK(decisions.programs[kApp].rejected_objects.at(shadow) == 7);
  for (const std::string& object : {std::string(), std::string("reads"), std::string("eats\0x", 6),
                                    "reads" + std::string(40, '\0'), "reads" + std::string(900, 'x')})
    CHECK_FALSE(apply_order(about(OrderVerb::accept, object), {}, decisions));
  Result<> done;
  for (std::size_t i = 0; done && i < 2000; ++i)
    done =
        apply_order(about(OrderVerb::reject, std::string("reads\0", 6) + std::to_string(i)), {}, decisions);
  CHECK(done.error().message() == "too much is rejected already");
  CHECK(decisions.programs[kApp].rejected_objects.size() == ProgramDecisions::kMostObjects);

  REQUIRE(apply_order(about(OrderVerb::relearn, shadow), {kApp}, decisions));
  CHECK(decisions.programs[kApp].rejected_objects.size() == ProgramDecisions::kMostObjects);
  REQUIRE(apply_order(about(OrderVerb::remove, shadow), {kApp}, decisions));
  CHECK(decisions.programs[kApp].rejected_objects.empty());
}

SCENARIO("what is decided is bounded, and the orders that are noted are the latest") {
  Decisions decisions;
  Result<> done;
  std::uint16_t call = 1;
  while (done && call < 2000)
    done = apply_order(about_calls(OrderVerb::reject, {}, {{call++}}), {}, decisions);
  CHECK(done.error().message() == "too much is rejected already");
  CHECK(decisions.programs[kApp].rejected.size() == ProgramDecisions::kMostRejected);

  Order order = about_calls(OrderVerb::accept, {}, {});
  order.comment = std::string(5000, 'c');
  for (int i = 0; i < 600; ++i) {
    order.id = "o-" + std::to_string(i);
    note_order(order, {}, decisions);
  }
  CHECK(decisions.orders.size() == Decisions::kMostOrders);
  CHECK(decisions.orders.back().comment.size() == 512);
  CHECK(was_carried_out("o-599", decisions));
  CHECK_FALSE(was_carried_out("o-1", decisions));
}
