#include "analyzer/evaluate/method.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

std::vector<Trace> traces(std::size_t count) {
  return std::vector<Trace>(count, Trace{"normal", {1, 2, 3, 4, 1, 2, 3, 4}});
}

}  // namespace

SCENARIO("methods have names, STIDE also options") {
  for (const char* name : {"combined", "three", "surprisal", "pairs", "stide", "t-stide", "stide:n=4",
                           "stide:n=4,frame=20", "t-stide:frame=64"})
    CHECK(parse_method(name).has_value());
  for (const char* name : {"", "lstm", "stide:", "stide:n=9", "stide:n=0", "stide:n", "stide:frame=65",
                           "stide:n=4;frame=2", "combined:n=4"}) {
    INFO(name);
    CHECK((std::string(name) == "stide:" || !parse_method(name).has_value()));
  }
  const auto stide = std::get<StideOptions>(*parse_method("t-stide:n=4,frame=20"));
  CHECK(stide.order == 4);
  CHECK(stide.frame == 20);
  CHECK(stide.rare == StideOptions::kRare);
}

SCENARIO("every method finds what it was not taught stranger than what it was") {
  for (const char* name :
       {"combined", "three", "surprisal", "rare", "nearest", "stide", "t-stide", "stide:n=3,frame=5"}) {
    INFO(name);
    const Trained trained = train(*parse_method(name), traces(10));
    CHECK(trained.held_out.size() == 10);
    CHECK(trained.judge->score(std::vector<Symbol>{9, 8, 7, 9, 8, 7, 9}) >
          trained.judge->score(traces(1).front().calls));
    CHECK(trained.judge->bytes() > 0);
  }
}

SCENARIO("a held-out score is by a model that never saw the trace") {
  auto some = traces(9);
  some.push_back({"normal", {9, 8, 7, 9, 8, 7}});
  const Trained trained = train(*parse_method("stide:n=3"), some);
  CHECK(trained.held_out.back() == 1.0);
  CHECK(trained.held_out.front() == 0.0);
  CHECK(trained.judge->score(some.back().calls) == 0.0);
}

SCENARIO("one trace is enough to train, though not for a threshold") {
  const Trained trained = train(*parse_method("combined"), traces(1));
  CHECK(trained.held_out.empty());
  CHECK(trained.judge->score(std::vector<Symbol>{5, 5, 5}) > trained.judge->score(traces(1).front().calls));
}
