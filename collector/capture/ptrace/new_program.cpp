#include "collector/capture/ptrace/new_program.h"

#include <cstdint>
#include <cstring>

#include "collector/capture/ptrace/ptrace_api.h"
#include "collector/capture/ptrace/tracee_memory.h"
#include "proto/syscalls/table.h"

namespace da::ptrace {
namespace {

struct Arguments {
  std::uint64_t count = 0;
  RemoteAddress first{};
};

/// System V ABI, process initialization: the count, then the addresses. The texts lie one after the other.
template <typename Word>
std::optional<Arguments> find_arguments(Tid tid, RemoteAddress stack) {
  struct {
    Word count;
    Word first;
  } top{};
  const std::span<char> into(reinterpret_cast<char*>(&top), sizeof top);
  if (read_memory(tid, stack, into) != sizeof top || top.count == 0) return std::nullopt;
  return Arguments{top.count, RemoteAddress{top.first}};
}

/// Without what follows them: the environment.
void cut_after(std::uint64_t count, std::string& texts) {
  std::size_t end = 0;
  for (; count > 0; --count) {
    end = texts.find('\0', end);
    if (end == std::string::npos) return;
    ++end;
  }
  texts.resize(end);
}

}  // namespace

std::optional<NewProgram> read_new_program(Tid tid, std::size_t limit) {
  const auto state = exec_state(tid);
  if (!state) return std::nullopt;
  const auto arguments = pointer_bytes(state->arch) == sizeof(std::uint64_t)
                             ? find_arguments<std::uint64_t>(tid, state->stack)
                             : find_arguments<std::uint32_t>(tid, state->stack);
  if (!arguments) return std::nullopt;
  std::string texts(limit, '\0');
  texts.resize(read_memory(tid, arguments->first, texts));
  if (texts.empty()) return std::nullopt;
  cut_after(arguments->count, texts);
  if (texts.back() == '\0') texts.pop_back();
  return NewProgram{state->arch, std::move(texts)};
}

}  // namespace da::ptrace
