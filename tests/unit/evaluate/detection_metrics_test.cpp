#include "analyzer/evaluate/detection_metrics.h"

#include <vector>

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("the area under the curve is the share of pairs in order, ties counting half") {
  CHECK(auc(std::vector<double>{1, 2}, std::vector<double>{3, 4}) == 1.0);
  CHECK(auc(std::vector<double>{3, 4}, std::vector<double>{1, 2}) == 0.0);
  CHECK(auc(std::vector<double>{1, 2, 3, 4}, std::vector<double>{2}) == Approx(1.5 / 4.0));
}

SCENARIO("detection is read at the lowest threshold that keeps the rate") {
  const std::vector<double> normal = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<double> attack = {8.5, 9, 10, 1};
  CHECK(detection_at(normal, attack, 0.01) == 0.25);  // none may alarm: above 9
  CHECK(detection_at(normal, attack, 0.1) == 0.75);   // one may: above 8
  CHECK(detection_at(normal, attack, 1.0) == 1.0);
}

SCENARIO("a trace alarms strictly above the threshold") {
  CHECK(share_above(std::vector<double>{1, 2, 3, 4}, 3.0) == 0.25);
  CHECK(share_above({}, 0.0) == 0.0);
}
