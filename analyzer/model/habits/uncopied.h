// A memo of where something was found last, which points into its owner: a copy of the owner has none.
//
//   Uncopied<Window*> last_;      // null again in whatever is made from this object, and in what it was
//   moved to if (last_.value != nullptr) ...
#pragma once

namespace da {

template <typename Value>
struct Uncopied {
  Value value{};

  Uncopied() = default;
  Uncopied(const Uncopied&) noexcept : value() {}
  Uncopied& operator=(const Uncopied& other) noexcept {
    if (this != &other) value = Value();
    return *this;
  }
  ~Uncopied() = default;
};

}  // namespace da
