// How much a commit must hold of what changed since the last one.
//
// Said by the intake, which knows why it commits, to whoever has changes to save.
//
//   handler.collect_changes(shard, Saving::all)      // before the shard is handed over
#pragma once

#include <cstdint>

namespace da {

enum class Saving : std::uint8_t {
  what_matters,  ///< without counts that a successor can do without for a while
  all,           ///< the last commit of a holder
};

}  // namespace da
