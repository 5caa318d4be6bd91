// Redis commands as the bytes that go to the server: one, or several that travel together.
//
// Used by redis::Client and by whoever pipelines. Arguments are copied, so they may be views; but for a large
// one that is shared.
//
//   redis::Pipeline pipeline;
//   pipeline.add(redis::args("HSET", key, field, value));
//   pipeline.add({"HSET", key, field}, payload, {});        // a std::shared_ptr<const std::string>, not
//   copied auto replies = co_await client.pipeline(pipeline);
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace da::redis {

/// The words of one command. A function rather than a brace list, which gcc 12 refuses inside co_await.
template <typename... Words>
[[nodiscard]] std::vector<std::string> args(Words&&... words) {
  std::vector<std::string> list;
  list.reserve(sizeof...(words));
  (list.emplace_back(std::forward<Words>(words)), ...);
  return list;
}

class Pipeline {
 public:
  void add(std::span<const std::string> words);
  void add(std::span<const std::string_view> words);
  void add(std::initializer_list<std::string_view> words) { add(std::span(words.begin(), words.size())); }
  /// `large` is held, not copied, until clear().
  void add(std::initializer_list<std::string_view> before, std::shared_ptr<const std::string> large,
           std::initializer_list<std::string_view> after);

  /// Keeps its memory.
  void clear() noexcept {
    bytes_.clear();
    large_.clear();
    size_ = 0;
    large_bytes_ = 0;
  }
  /// In commands.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t byte_count() const noexcept { return bytes_.size() + large_bytes_; }
  /// What goes to the server, one after the other. Valid until the next add() or clear().
  [[nodiscard]] std::vector<std::string_view> pieces() const;

 private:
  struct Large {
    std::size_t place;  ///< in bytes_, where it belongs
    std::shared_ptr<const std::string> bytes;
  };

  void begin(std::size_t words);
  void append(std::string_view word);

  std::string bytes_;
  std::vector<Large> large_;
  std::size_t size_ = 0;
  std::size_t large_bytes_ = 0;
};

}  // namespace da::redis
