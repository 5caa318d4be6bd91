// Numbers as people read them, for the reasons that profiles give.
//
//   grouped(4211) + " calls"    // "4,211 calls"
//   percent(0.0012)             // "0.12 %"
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace da {

[[nodiscard]] std::string grouped(std::uint64_t number);
/// "1 thread", "2,000 threads": a plural by -s.
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);
/// Two significant digits, never rounded to nothing.
[[nodiscard]] std::string percent(double share);
/// "15 s", "3 min", "1.5 h": rounded up, so that 0 s means done.
[[nodiscard]] std::string duration_words(std::chrono::nanoseconds duration);
/// "a; b; c"
void append_clause(std::string& text, std::string_view clause);

}  // namespace da
