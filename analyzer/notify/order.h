// What an operator orders of the analyzers, by a command: a row that waits in Redis until the holder of the
// image's home shard carries it out.
//
// Written by analyzer/operate, encoded by row_codec, carried out by detect/curator.
//
//   Order order{.id = "o-17", .verb = OrderVerb::accept, .target = alert.id, .about = alert.behaviour};
#pragma once

#include <cstdint>
#include <string>

#include "analyzer/notify/alert.h"

namespace da {

enum class OrderVerb : std::uint8_t {
  accept,   ///< an alert's behaviour belongs to the program
  reject,   ///< it never will
  freeze,   ///< a model: its state stays, it learns no more
  thaw,     ///< the reverse of it
  relearn,  ///< forget what was learned, keep what was decided
  remove,   ///< forget both
  import,   ///< models of another site, which come as a bundle
  unlearn,  ///< what one container alone taught; the target is its id
};

struct Order {
  std::string id;  ///< [a-z0-9-]
  OrderVerb verb{};
  std::string target;                           ///< what the operator named: an alert or a model
  AlertKind kind = AlertKind::unseen_sequence;  ///< of the alert
  Behaviour about;  ///< its image says where the order goes. Of a model: no executable means the whole image
  std::string image_name;  ///< for people
  std::string author;
  std::string comment;
  std::int64_t time_ns = 0;
  std::int64_t since_ns = 0;  ///< of unlearn: what was taught before stays
};

[[nodiscard]] constexpr const char* verb_name(OrderVerb verb) noexcept {
  switch (verb) {
    case OrderVerb::accept:
      return "accept";
    case OrderVerb::reject:
      return "reject";
    case OrderVerb::freeze:
      return "freeze";
    case OrderVerb::thaw:
      return "thaw";
    case OrderVerb::relearn:
      return "relearn";
    case OrderVerb::remove:
      return "delete";
    case OrderVerb::import:
      return "import";
    case OrderVerb::unlearn:
      return "unlearn";
  }
  return "unknown";
}

}  // namespace da
