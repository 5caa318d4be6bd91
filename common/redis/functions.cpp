#include "common/redis/functions.h"

#include <charconv>

#include <fmt/format.h>

#include "common/log.h"

namespace da::redis {
namespace {

/// The code of the first library in a FUNCTION LIST ... WITHCODE reply; empty if there is none.
std::string_view code_in(const Reply& list) {
  if (!list.is(Reply::Kind::array) || list.elements.empty()) return {};
  const auto& fields = list.elements.front().elements;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i].text == "library_code") return fields[i + 1].text;
  }
  return {};
}

}  // namespace

asio::awaitable<Result<>> ensure_functions(Client& client, FunctionLibrary library) {
  auto listed = co_await client.command(args("FUNCTION", "LIST", "LIBRARYNAME", library.name, "WITHCODE"));
  if (!listed) co_return tl::unexpected(listed.error());
  if (listed->error_word() == "NOPERM") co_return Result<>{};
  if (listed->is_error()) {
    const bool old = listed->text.find("unknown command") != std::string::npos;
    co_return fail(fmt::format("redis functions: {}{}", describe(*listed),
                               old ? " (Redis 7.0 or later is needed)" : ""));
  }

  const std::string_view present = code_in(*listed);
  if (present == library.code) co_return Result<>{};
  if (revision_of(present) > library.revision) {
    log_info("redis has newer functions than this program", "library", library.name, "ours", library.revision,
             "theirs", revision_of(present));
    co_return Result<>{};
  }
  auto loaded = co_await client.command(args("FUNCTION", "LOAD", "REPLACE", library.code));
  if (!loaded) co_return tl::unexpected(loaded.error());
  if (loaded->error_word() == "NOPERM") {
    log_warning("redis functions are missing or older, and this user may not load them", "library",
                library.name);
    co_return Result<>{};
  }
  if (loaded->is_error()) co_return fail(fmt::format("load redis functions: {}", describe(*loaded)));
  log_info("redis functions loaded", "library", library.name, "revision", library.revision);
  co_return Result<>{};
}

int revision_of(std::string_view code) noexcept {
  constexpr std::string_view kMark = "-- revision: ";
  const auto at = code.find(kMark);
  if (at == std::string_view::npos) return 0;
  const auto digits = code.substr(at + kMark.size());
  int revision = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), revision);
  return revision;
}

}  // namespace da::redis
