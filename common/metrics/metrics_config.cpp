#include "common/metrics/metrics_config.h"

namespace da {

std::optional<ListenAddress> read_metrics_config(Section section) {
  const auto text = section.string("listen", "");
  section.done();
  if (text.empty()) return std::nullopt;
  auto address = ListenAddress::from(text);
  if (!address) throw section.error("listen", address.error().message());
  return *std::move(address);
}

}  // namespace da
