// The `log` section's row of both binaries' key tables.
#pragma once

#include "common/config/key_table.h"

namespace da {

inline constexpr KeyInfo kLogKeys[] = {
    {"log.level", Effect::at_once, "Lines below this level are dropped."},
};

}  // namespace da
