// What programs of one image are told apart by.
//
//   ProgramKey key{"/bin/sh", Arch::x86_64};
#pragma once

#include <compare>
#include <string>

#include "proto/call_id.h"

namespace da {

struct ProgramKey {
  std::string executable;
  Arch arch{};
  friend auto operator<=>(const ProgramKey&, const ProgramKey&) = default;
};

}  // namespace da
