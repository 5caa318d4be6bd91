#include "common/config/read_keys.h"

namespace da {

std::string general_path(std::string_view path) {
  std::string general;
  bool in_brackets = false;
  for (const char c : path) {
    in_brackets = in_brackets && c != ']';
    if (!in_brackets) general += c;
    in_brackets = in_brackets || c == '[';
  }
  return general;
}

}  // namespace da
