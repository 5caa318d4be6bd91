#include "analyzer/model/words.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace da {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  std::string text = grouped(number) + ' ' + std::string(noun);
  if (number != 1) text += 's';
  return text;
}

std::string percent(double share) {
  const double value = 100.0 * share;
  if (!(value > 0.0)) return "0 %";
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(value))), 0, 6);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  std::string text = buffer;
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text + " %";
}

std::string duration_words(std::chrono::nanoseconds duration) {
  const double seconds = std::ceil(std::max(0.0, std::chrono::duration<double>(duration).count()));
  char buffer[32];
  if (seconds < 120.0) {
    std::snprintf(buffer, sizeof buffer, "%.0f s", seconds);
  } else if (seconds < 7200.0) {
    std::snprintf(buffer, sizeof buffer, "%.0f min", std::ceil(seconds / 60.0));
  } else if (seconds >= 72 * 3600.0) {
    std::snprintf(buffer, sizeof buffer, "%.1f d", std::ceil(seconds / 8640.0) / 10.0);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.1f h", std::ceil(seconds / 360.0) / 10.0);
  }
  return buffer;
}

void append_clause(std::string& text, std::string_view clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

}  // namespace da
