// The `log` mapping, the same in both binaries' configuration: `log: {level: info}`.
#pragma once

#include "common/config/section.h"
#include "common/log.h"

namespace da {

[[nodiscard]] LogLevel read_log_config(Section section);

}  // namespace da
