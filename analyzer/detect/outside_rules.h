// What is made of a program that is started from outside its container, by `docker exec` or a health check,
// where its armed image never saw that.
//
// Part of the detector's options, read from the section `exec` of the configuration.
//
//   rules.of("shop:1.4")    // OutsideRule::alert
#pragma once

#include <string>
#include <vector>

namespace da {

enum class OutsideRule {
  alert,   ///< told; what it does is judged
  learn,   ///< taken in, as while the image learned
  ignore,  ///< not told, neither judged nor learned
};

struct OutsideRules {
  struct Exception {
    std::string images;  ///< shell glob over the image's name
    OutsideRule rule{};
  };

  OutsideRule usual = OutsideRule::alert;
  std::vector<Exception> exceptions;  ///< the first that fits counts

  [[nodiscard]] OutsideRule of(const std::string& image_name) const;
};

}  // namespace da
