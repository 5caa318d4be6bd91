// Redis commands as the bytes that go to the server: one, or several that travel together.
//
// Used by redis::Client and by whoever pipelines. Arguments are copied, so they may be views.
//
//   redis::Pipeline pipeline;
//   pipeline.add(redis::args("HSET", key, field, value));
//   auto replies = co_await client.pipeline(std::move(pipeline));
#pragma once

#include <cstddef>
#include <initializer_list>
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

  /// Keeps its memory.
  void clear() noexcept {
    bytes_.clear();
    size_ = 0;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  template <typename Word>
  void append(std::span<const Word> words);

  std::string bytes_;
  std::size_t size_ = 0;
};

}  // namespace da::redis
